import type { PgbouncerSwitch } from '../../model/plan-values.ts';
import { failure } from '../failure.ts';
import type { Settings } from './pgbouncer-staging.ts';
import { readTextFile } from './text-file.ts';

const ENTRY = /^[ \t]*"((?:[^"]|"")*)"[ \t]+"((?:[^"]|"")*)"/;

/**
 * With a SCRAM secret, PgBouncer reaches only servers that hold the very same one, salt included, and with an MD5 hash none that wants
 * SCRAM; the target's secrets are new. So whoever uses the pool must stand in `auth_file` with a password. Source: PgBouncer's manual,
 * "Authentication file format". Throws `SwitchFailed` naming such users; answers in words where the file cannot be read from here.
 */
export async function explainLogins(
  { name }: PgbouncerSwitch,
  settings: Settings,
  poolUsers: readonly string[],
): Promise<string> {
  const path = settings.get('auth_file') ?? '';
  const file = path === '' ? null : await readTextFile(path, 'pass-over').catch(() => null);
  if (file === null || (settings.get('auth_user') ?? '') !== '')
    return 'whether its users can log in to the target was not looked at: their passwords are kept elsewhere';
  const consoleUsers = `${settings.get('admin_users') ?? ''},${settings.get('stats_users') ?? ''}`.split(/[\s,]+/);
  const hashed = file.text.split(/\r?\n/).flatMap((line) => {
    const [, user = '', secret = ''] = ENTRY.exec(line) ?? [];
    const isClient = poolUsers.includes(user) || !consoleUsers.includes(user);
    return isClient && /^(SCRAM-SHA-256\$|md5[0-9a-f]{32}$)/.test(secret) ? [user] : [];
  });
  if (hashed.length > 0)
    throw failure(
      'SwitchFailed',
      `${name}: found only a hash for ${hashed.join(', ')} in ${path}, which the target does not accept from PgBouncer; ` +
        'wanted the password itself there, or user and password in the line of the pool',
    );
  return '';
}
