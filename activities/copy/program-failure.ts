import type { ApplicationFailure } from '@temporalio/common';
import { failure } from '../failure.ts';

/** What a server says when it, or the way to it, is gone: the copy may succeed if it is tried again. */
const LOST =
  /connection to server .* failed|server closed the connection|terminating connection|could not (receive|send) data|SSL (connection|SYSCALL|error)|the database system is|no connection to the server|lost connection/i;
const REFUSED = /password authentication failed|permission denied|no pg_hba|does not exist/i;

/** How messages begin that speak of objects. Anything else may quote a row: code in the database says what it likes. */
const SPEAKS_OF_OBJECTS =
  /^(permission denied|must be|could not|cannot|canceling|terminating|duplicate key value violates|insert or update on table|new row for relation|null value in column|check constraint|query would be affected by row-level security|unrecognized|invalid snapshot|out of|no space|(relation|role|schema|extension|type|function|column|database|server|constraint|index|collation|option|parameter) )/;
const OBJECTS =
  'relation table column constraint index schema role function type extension sequence database view domain operator language server policy trigger class aggregate cast publication parameter collation snapshot option option'.split(
    ' ',
  );

/**
 * Makes the failure of a run of pg_dump or pg_restore from the lines it wrote to stderr. Only its first `error:` line counts,
 * for the rest follows from it; DETAIL, CONTEXT and the statement are other lines and fall away.
 */
export function programFailure(program: string, errors: readonly string[], exit: string): ApplicationFailure {
  const line = errors[0];
  if (line === undefined) return failure('CopyFailed', `${program} ended with ${exit} and gave no reason`);
  if (LOST.test(line) && !REFUSED.test(line))
    return failure('DatabaseUnreachable', `${program}: ${withoutValues(line)}`);
  return failure('CopyFailed', `${program}: ${withoutValues(line)}`);
}

/** The part before the server's words always stands, e.g. `COPY failed for table "t"`; its words only where they are harmless. */
function withoutValues(line: string): string {
  const [, before = line, said] = /^(.*?)(?:: )?(?:ERROR|FATAL):\s+(.*)$/.exec(line) ?? [];
  const where = before.replace(/:\s*$/, '');
  if (said === undefined) return unquoted(where);
  const words = SPEAKS_OF_OBJECTS.test(said) || LOST.test(said) || REFUSED.test(said);
  return `${unquoted(where)}: ${words ? unquoted(said) : 'the server refused a value; its words may quote a row and are left out'}`;
}

const unquoted = (text: string): string =>
  text.replaceAll(/(\S+ )?"[^"]*"/g, (quoted, word: string | undefined) =>
    word !== undefined && [...OBJECTS, 'at', 'user', 'for', 'to'].includes(word.trim()) ? quoted : `${word ?? ''}"…"`,
  );
