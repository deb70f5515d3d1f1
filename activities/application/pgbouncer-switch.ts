import type { PgbouncerSwitch } from '../../model/plan-values.ts';
import { failure } from '../failure.ts';
import { limited } from './deed-limit.ts';
import { inTurn } from './in-turn.ts';
import type { ConsoleClients } from './pgbouncer-console.ts';
import { withConsole } from './pgbouncer-consoles.ts';
import {
  exchangeLine,
  prepareExchange,
  readConfig,
  readStaged,
  stageConfig,
  unstageConfig,
  type StagedLines,
} from './pgbouncer-file.ts';
import { isAt, placeWords } from './pgbouncer-ini.ts';
import { lowerLoginRetry, pausePool, readPool, resumePool } from './pgbouncer-pool.ts';
import { checkPooler } from './pgbouncer-staging.ts';
import type { Switch, SwitchContext } from './switch.ts';

/**
 * A pool of a PgBouncer. Staging writes its configuration beside the one it reads and asks whether it could be used; `pause` makes its
 * clients wait, `apply` and `revert` exchange the pool's line and reload, `resume` lets the clients go on. Neither `apply` nor `revert`
 * resumes: where clients are let go is decided by who has the writes.
 */
export function openPgbouncerSwitch(plan: PgbouncerSwitch, context: SwitchContext, clients: ConsoleClients): Switch {
  const { name, admin, database, config } = plan;
  const deed = <Result>(what: string, work: (signal: AbortSignal) => Promise<Result>) =>
    limited(`${what} ${name}`, work);
  const changing = <Result>(what: string, work: (signal: AbortSignal) => Promise<Result>) =>
    deed(what, (signal) => inTurn(config, () => work(signal)));
  return {
    stage: () => stage(plan, context, clients),
    unstage: () => unstageConfig(plan, context),
    ready: (what) =>
      changing('ready', async () => {
        await withConsole(admin, clients, lowerLoginRetry);
        await ready(plan, context, what);
      }),
    pause: () => deed('pause', () => pausePool(plan, clients)),
    apply: () => changing('apply', async (signal) => void (await point('to', { plan, context, clients, signal }))),
    revert: () => changing('revert', (signal) => point('from', { plan, context, clients, signal })),
    resume: () => deed('resume', async () => void (await resumePool(plan, clients))),
    isApplied: () =>
      deed('read', async () => {
        const { line } = await readConfig(plan);
        const pool = await withConsole(admin, clients, (console) => readPool(console, database));
        return isAt(line.address, context.to) && isAt(pool.address, context.to);
      }),
  };
}

async function stage(
  plan: PgbouncerSwitch,
  context: SwitchContext,
  clients: ConsoleClients,
): Promise<{ readonly change: string }> {
  const found = await readConfig(plan);
  const staged = await readStaged(found, plan, context);
  const change = `${plan.database} of PgBouncer ${plan.admin.host}:${plan.admin.port}: ${placeWords(context.from)} → ${placeWords(context.to)}`;
  if (staged !== null && found.line.written === staged.after.written) return { change };
  try {
    await stageConfig(plan, context);
    const unknown = await withConsole(plan.admin, clients, (console) => checkPooler(console, plan, context));
    return { change: unknown === '' ? change : `${change}; ${unknown}` };
  } catch (error) {
    // A refused switch leaves nothing that could be applied.
    await unstageConfig(plan, context);
    throw error;
  }
}

async function ready(plan: PgbouncerSwitch, context: SwitchContext, deed: 'apply' | 'revert'): Promise<void> {
  const found = await readConfig(plan);
  const staged = await readStaged(found, plan, context);
  if (staged === null) return;
  await prepareExchange(found, exchangeTowards(deed === 'apply' ? 'to' : 'from', staged), plan, context);
}

const exchangeTowards = (side: 'from' | 'to', { before, after }: StagedLines) =>
  side === 'to' ? { from: before, to: after } : { from: after, to: before };

interface Deed {
  readonly plan: PgbouncerSwitch;
  readonly context: SwitchContext;
  readonly clients: ConsoleClients;
  readonly signal: AbortSignal;
}

/** File, then the running PgBouncer: each only where it is not there yet, so that a deed cut short is finished by the next. */
async function point(side: 'from' | 'to', deed: Deed): Promise<'undone' | 'absent'> {
  const { plan, context, clients } = deed;
  const found = await readConfig(plan);
  const staged = await readStaged(found, plan, context);
  if (staged === null && side === 'to')
    throw failure('SwitchFailed', `${plan.config}: found nothing staged for ${plan.database}; wanted it staged first`);
  if (staged === null) refuseWithoutRecord(found.line.address, deed);
  const lines = staged ?? { before: found.line, after: found.line };
  const rewritten = await exchangeLine(found, exchangeTowards(side, lines), deed);
  const reloaded = await withConsole(plan.admin, clients, async (console) => {
    const wanted = context[side];
    if (!rewritten && isAt((await readPool(console, plan.database)).address, wanted)) return false;
    await console.ask('RELOAD', RELOAD_LIMIT_MS);
    await lowerLoginRetry(console);
    const { address } = await readPool(console, plan.database);
    if (isAt(address, wanted)) return true;
    throw failure(
      'SwitchFailed',
      `${plan.name}: after RELOAD found ${plan.database} at ${placeWords(address)}; wanted ${placeWords(wanted)}: does it read ${plan.config}, and is all else in there in order?`,
    );
  });
  return rewritten || reloaded ? 'undone' : 'absent';
}

/** PgBouncer reads all its certificates again. */
const RELOAD_LIMIT_MS = 4_000;

/** Without a record there is nothing of ours to undo, unless the line says otherwise: silence would leave the writes on the wrong side. */
function refuseWithoutRecord(found: { host: string | null; port: number; database: string }, { plan, context }: Deed) {
  if (!isAt(found, context.to)) return;
  throw failure(
    'SwitchFailed',
    `${plan.config}: ${plan.database} leads to the target and there is no record of the line before; wanted the source's: set it by hand`,
  );
}
