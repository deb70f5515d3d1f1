import type { HealthCheck } from '../../model/plan.ts';
import type { Login } from '../contract.ts';
import { failure } from '../failure.ts';

/** An application that cannot say within this time that it is well, is not. */
const ANSWER_LIMIT_MS = 5_000;

type Target = Pick<Login, 'host' | 'port' | 'database'>;

/**
 * Asks every check at once; `staged` asks the `stagedUrl`s and passes over checks without one. Throws `HealthFailed` naming each
 * check that failed with its address, what it found and what was wanted.
 */
export async function checkHealth(checks: readonly HealthCheck[], target: Target, staged: boolean): Promise<void> {
  const asked = checks.flatMap((check) => {
    const url = staged ? check.stagedUrl : check.url;
    return url === null ? [] : [ask(check, url, target)];
  });
  const complaints = (await Promise.all(asked)).flat();
  if (complaints.length > 0) throw failure('HealthFailed', complaints.join('; '));
}

async function ask({ name, expect }: HealthCheck, url: string, target: Target): Promise<string[]> {
  const complain = (found: string, wanted: string) => [`${name} (${url}): found ${found}; wanted ${wanted}`];
  let answer: Response;
  let body: string;
  try {
    answer = await fetch(url, {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      headers: { accept: 'application/json' },
    });
    body = await answer.text();
  } catch (error) {
    return complain(`no answer: ${reason(error)}`, `one within ${ANSWER_LIMIT_MS} ms`);
  }
  if (!answer.ok) return complain(`HTTP ${answer.status}`, 'HTTP 200');
  const fields = parsed(body);
  if (fields === undefined) return complain('an answer that is no JSON', `JSON with ${Object.keys(expect).join(', ')}`);
  return Object.entries(expect).flatMap(([path, template]) => {
    const wanted = template
      .replaceAll('{target.host}', target.host)
      .replaceAll('{target.port}', String(target.port))
      .replaceAll('{target.database}', target.database);
    const found = fieldAt(fields, path);
    return found === wanted ? [] : complain(`${path} ${found === undefined ? 'missing' : `"${found}"`}`, `"${wanted}"`);
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A field as text, at most 80 characters of it; undefined where there is none, or none that is a single value. */
function fieldAt(fields: unknown, path: string): string | undefined {
  const value = path.split('.').reduce<unknown>((node, key) => (Object(node) as Record<string, unknown>)[key], fields);
  if (typeof value === 'string') return value.slice(0, 80);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** fetch says "fetch failed" and keeps the reason in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : error.message;
}
