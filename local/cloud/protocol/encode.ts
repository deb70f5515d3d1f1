import type { ApiError } from './errors.ts';
import type { Operation } from './operations.ts';
import { isFlattened, wireName, type Schema } from './schema.ts';

const NAMESPACE = 'http://rds.amazonaws.com/doc/2014-10-31/';

/** The XML answer to `operation`. @throws Error for a member the output does not have: a typo must not ship. */
export function encode(operation: Operation, output: Readonly<Record<string, unknown>>, requestId: string): string {
  const { name } = operation;
  const result = operation.output.isUnitSchema() ? '' : element(`${name}Result`, members(operation.output, output));
  const metadata = element('ResponseMetadata', element('RequestId', requestId));
  return `<${name}Response xmlns="${NAMESPACE}">${result}${metadata}</${name}Response>`;
}

export function encodeError(error: ApiError, requestId: string): string {
  const type = error.fault === 'client' ? 'Sender' : 'Receiver';
  const body = element('Type', type) + element('Code', error.code) + element('Message', escape(error.message));
  return `<ErrorResponse xmlns="${NAMESPACE}">${element('Error', body)}${element('RequestId', requestId)}</ErrorResponse>`;
}

function write(schema: Schema, value: unknown, tag: string): string {
  if (value === undefined || value === null) return '';
  if (schema.isStructSchema()) return element(tag, members(schema, value as Record<string, unknown>));
  if (schema.isListSchema()) return writeList(schema, value as readonly unknown[], tag);
  if (schema.isMapSchema()) return writeMap(schema, value as Record<string, unknown>, tag);
  if (schema.isTimestampSchema()) return element(tag, (value as Date).toISOString());
  if (schema.isBlobSchema()) return element(tag, Buffer.from(value as Uint8Array).toString('base64'));
  return element(tag, escape(`${value as string | number | boolean}`));
}

function members(schema: Schema, value: Readonly<Record<string, unknown>>): string {
  const unknown = new Set(Object.keys(value));
  let body = '';
  for (const [name, member] of schema.structIterator()) {
    unknown.delete(name);
    body += write(member, value[name], wireName(member, name));
  }
  const [stranger] = unknown;
  if (stranger !== undefined) throw new Error(`${schema.getName()} has no member ${stranger}`);
  return body;
}

function writeList(schema: Schema, value: readonly unknown[], tag: string): string {
  const item = schema.getValueSchema();
  const flattened = isFlattened(schema);
  const items = value.map((one) => write(item, one, flattened ? tag : wireName(item, 'member'))).join('');
  return flattened ? items : element(tag, items);
}

function writeMap(schema: Schema, value: Readonly<Record<string, unknown>>, tag: string): string {
  const entries = Object.entries(value).map(([key, one]) =>
    element('entry', element('key', escape(key)) + write(schema.getValueSchema(), one, 'value')),
  );
  return element(tag, entries.join(''));
}

function element(tag: string, body: string): string {
  return `<${tag}>${body}</${tag}>`;
}

const REPLACED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
  '\n': '\n',
  '\t': '\t',
};

/** XML 1.0 cannot hold the other control characters below the space at all: they are dropped. */
function escape(text: string): string {
  return text.replace(/[&<>"]|\p{Cc}/gu, (character) => REPLACED[character] ?? (character < ' ' ? '' : character));
}
