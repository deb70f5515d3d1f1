import { escapeIdentifier, escapeLiteral } from 'pg';

/** Settings whose value is a list of names: quoted as one string they would become one name. As in pg_dump, dumputils.c. */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** `name=value` as pg_db_role_setting keeps it, as `name TO value` for ALTER … SET. */
export function setting(line: string): string {
  const at = line.indexOf('=');
  const name = line.slice(0, at);
  const value = line.slice(at + 1);
  const target = name.split('.').map(escapeIdentifier).join('.');
  if (!LISTS.has(name.toLowerCase()) || value === '') return `${target} TO ${escapeLiteral(value)}`;
  // PostgreSQL stores such a list ready to be parsed again, with its own double quotes.
  return `${target} TO ${
    value === '""'
      ? `''`
      : value
          .split(/,\s*(?=(?:[^"]*"[^"]*")*[^"]*$)/)
          .map(unquoted)
          .map(escapeLiteral)
          .join(', ')
  }`;
}

const unquoted = (name: string): string =>
  name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
