import { realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { PgbouncerSwitch } from '../../model/plan-values.ts';
import { failure } from '../failure.ts';
import type { Console, ConsoleRow } from './pgbouncer-console.ts';
import { isAt, placeWords } from './pgbouncer-ini.ts';
import { readPool } from './pgbouncer-pool.ts';
import { explainLogins } from './pgbouncer-logins.ts';
import type { SwitchContext } from './switch.ts';
import { readTextFile } from './text-file.ts';

export type Settings = ReadonlyMap<string, string>;

/**
 * Asks the running PgBouncer whether the cutover could use it; answers what could not be found out, in words, or ''. Throws
 * `SwitchFailed` for the first thing that stands in the way.
 */
export async function checkPooler(console: Console, plan: PgbouncerSwitch, context: SwitchContext): Promise<string> {
  const settings = settingsOf(await console.ask('SHOW CONFIG'));
  await provideRights(console, plan, settings);
  refuseSharedPort(plan, settings);
  await refuseOtherFile(plan, settings);
  const pool = await readPool(console, plan.database);
  const pools = (await console.ask('SHOW POOLS')).filter((each) => each['database'] === plan.database);
  refuseSessionMode(plan, [pool.mode ?? settings.get('pool_mode') ?? '', ...pools.map((each) => each['pool_mode'])]);
  if (!isAt(pool.address, context.from))
    throw failure(
      'SwitchFailed',
      `${plan.name}: the running PgBouncer leads ${plan.database} to ${placeWords(pool.address)}; wanted the source, ` +
        `${placeWords(context.from)}: was ${plan.config} edited and not reloaded?`,
    );
  return await explainLogins(
    plan,
    settings,
    pools.map((each) => String(each['user'])),
  );
}

const settingsOf = (rows: readonly ConsoleRow[]): Settings =>
  new Map(rows.map((row) => [String(row['key']), String(row['value'] ?? '')]));

/** Some users may look and not command: a setting set to what it is already tells, and changes nothing. */
async function provideRights(console: Console, { admin }: PgbouncerSwitch, settings: Settings): Promise<void> {
  try {
    await console.ask(`SET server_login_retry = '${settings.get('server_login_retry') ?? '15'}'`);
  } catch (error) {
    throw failure(
      'SwitchFailed',
      `${error instanceof Error ? error.message : String(error)}; wanted ${admin.user} in admin_users`,
    );
  }
}

function refuseSharedPort({ name }: PgbouncerSwitch, settings: Settings): void {
  if (settings.get('so_reuseport') === '1')
    throw failure(
      'SwitchFailed',
      `${name}: found so_reuseport = 1, several processes on one port; wanted each PgBouncer on a port of its own, as a switch of its own`,
    );
}

/** Only where its own file is seen from here: in a container its path may mean something else. */
async function refuseOtherFile({ config }: PgbouncerSwitch, settings: Settings): Promise<void> {
  const running = settings.get('conffile') ?? '';
  if (!isAbsolute(running)) return;
  const file = await readTextFile(running, 'pass-over').catch(() => null);
  if (file === null || file.path === (await realpath(config)) || file.text.includes('%include')) return;
  throw failure('SwitchFailed', `${config}: the running PgBouncer reads ${running}; wanted that file in the plan`);
}

function refuseSessionMode({ name, database }: PgbouncerSwitch, modes: readonly unknown[]): void {
  if (modes.includes('session'))
    throw failure(
      'SwitchFailed',
      `${name}: found pool_mode = session for ${database}, where a PAUSE waits until clients go away by themselves; wanted transaction`,
    );
}
