import { shortId } from '../../model/names.ts';
import type { PgbouncerSwitch } from '../../model/plan-values.ts';
import { failure } from '../failure.ts';
import { findDatabaseLine, isAt, placeWords, readdressed, replaceLine, type DatabaseLine } from './pgbouncer-ini.ts';
import type { SwitchContext } from './switch.ts';
import { readTextFile, removeBeginningWith, replaceText, writeBeside, type TextFile } from './text-file.ts';

/** The configuration as it is, with the pool's line in it. */
export interface Config {
  readonly file: TextFile;
  readonly line: DatabaseLine;
}
/** What staging recorded: the line before and after. */
export interface StagedLines {
  readonly before: DatabaseLine;
  readonly after: DatabaseLine;
}

/** Where our files lie; named by file, pool and migration, so that two switches never meet. */
const beside = (path: string, { database }: PgbouncerSwitch, { migration }: SwitchContext): string =>
  `${path}.${shortId(`${migration}/${database}`)}.daybreak`;

const nextTo = ({ path }: TextFile, plan: PgbouncerSwitch, context: SwitchContext): string =>
  `${beside(path, plan, context)}.next`;

export async function readConfig({ config, database }: PgbouncerSwitch): Promise<Config> {
  const file = await readTextFile(config);
  if (file === null) throw failure('SwitchFailed', `${config}: found no file; wanted PgBouncer's configuration`);
  return { file, line: findDatabaseLine(config, file.text, database) };
}

export async function readStaged(
  { file }: Config,
  plan: PgbouncerSwitch,
  context: SwitchContext,
): Promise<StagedLines | null> {
  const path = beside(file.path, plan, context);
  const [before, after] = [await readTextFile(`${path}.before`), await readTextFile(`${path}.staged`)];
  if (before === null || after === null) return null;
  return {
    before: findDatabaseLine(before.path, before.text, plan.database),
    after: findDatabaseLine(after.path, after.text, plan.database),
  };
}

/** Writes the file as it was and as it will be beside it. Throws `SwitchFailed` where the line does not lead to the source. */
export async function stageConfig(plan: PgbouncerSwitch, context: SwitchContext): Promise<void> {
  const found = await readConfig(plan);
  const { file, line } = found;
  const staged = await readStaged(found, plan, context);
  if (staged !== null && line.written === staged.after.written) return;
  if (!isAt(line.address, context.from))
    throw failure(
      'SwitchFailed',
      `${plan.config}: found ${plan.database} at ${placeWords(line.address)}; wanted the source, ${placeWords(context.from)}`,
    );
  const path = beside(file.path, plan, context);
  // The way back first: a worker that dies in between leaves nothing that could be applied.
  await writeBeside(`${path}.before`, file.text, file);
  await writeBeside(`${path}.staged`, replaceLine(file.text, line, readdressed(line.written, context.to)), file);
  const written = await readStaged(found, plan, context);
  if (written === null || !isAt(written.after.address, context.to))
    throw failure('SwitchFailed', `${path}.staged: reads otherwise than it was just written`);
}

export async function unstageConfig(plan: PgbouncerSwitch, context: SwitchContext): Promise<'undone' | 'absent'> {
  const file = await readTextFile(plan.config);
  const removed = await removeBeginningWith(beside(file?.path ?? plan.config, plan, context));
  return removed ? 'undone' : 'absent';
}

/** Writes the file as `exchangeLine` will leave it beside the one that is read; nothing where the line is another than was staged. */
export async function prepareExchange(
  { file, line }: Config,
  { from, to }: { readonly from: DatabaseLine; readonly to: DatabaseLine },
  plan: PgbouncerSwitch,
  context: SwitchContext,
): Promise<void> {
  if (line.written !== from.written) return;
  await writeBeside(nextTo(file, plan, context), replaceLine(file.text, line, to.written), file);
}

/** Exchanges the one line, in one step; comments, mode, owner and what others edited meanwhile stay. Says whether it had to. */
export async function exchangeLine(
  { file, line }: Config,
  { from, to }: { readonly from: DatabaseLine; readonly to: DatabaseLine },
  { plan, context, signal }: { plan: PgbouncerSwitch; context: SwitchContext; signal: AbortSignal },
): Promise<boolean> {
  if (line.written === to.written) return false;
  if (line.written !== from.written)
    throw failure(
      'SwitchFailed',
      `${plan.config}: found the line of ${plan.database} changed by someone else, at ${placeWords(line.address)} now; wanted it as it was when staged`,
    );
  await replaceText(file, replaceLine(file.text, line, to.written), nextTo(file, plan, context), signal);
  return true;
}
