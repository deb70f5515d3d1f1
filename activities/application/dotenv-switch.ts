import { shortId } from '../../model/names.ts';
import type { DotenvSwitch } from '../../model/plan-values.ts';
import { isSecretKey } from '../../model/plan-words.ts';
import { failure } from '../failure.ts';
import { limited } from './deed-limit.ts';
import { findAssignment, replaceAssignment, writtenAs, type Assignment } from './dotenv-text.ts';
import { inTurn } from './in-turn.ts';
import { replaceHost } from './host-text.ts';
import type { Address, Switch, SwitchContext } from './switch.ts';
import { readTextFile, removeBeginningWith, replaceText, writeBeside, type TextFile } from './text-file.ts';

/** The file as it is, with our key in it. */
interface Current {
  readonly file: TextFile;
  readonly key: Assignment;
}
/** What staging recorded: the key's value before and after. */
interface Staged {
  readonly before: Assignment;
  readonly after: Assignment;
}

/**
 * One key of a dotenv file. Staging writes two copies of the file beside it: as it was (`.before`, the way back) and as it will be
 * (`.staged`). The cutover does not swap files but exchanges the one value, so that other edits made meanwhile survive.
 */
export function openDotenvSwitch(plan: DotenvSwitch, context: SwitchContext): Switch {
  const { name } = plan;
  return {
    stage: () => stage(plan, context),
    unstage: async () => {
      const file = await readTextFile(plan.path);
      const removed = await removeBeginningWith(beside(file?.path ?? plan.path, plan, context));
      return removed ? 'undone' : 'absent';
    },
    ready: (deed) =>
      limited(`ready ${name}`, (signal) => inTurn(plan.path, () => ready(plan, context, { deed, signal }))),
    apply: () => limited(`apply ${name}`, (signal) => inTurn(plan.path, () => apply(plan, context, signal))),
    revert: () => limited(`revert ${name}`, (signal) => inTurn(plan.path, () => revert(plan, context, signal))),
    isApplied: () =>
      limited(`read ${name}`, async () => {
        const { file, key } = await current(plan);
        const staged = await readStaged(file, plan, context);
        return key.content === (staged?.after.content ?? addressed(plan, context.to));
      }),
  };
}

/** Where our files lie; named by file, key and migration, so that two switches never meet. */
const beside = (path: string, { key }: DotenvSwitch, { migration }: SwitchContext): string =>
  `${path}.${key}.daybreak-${shortId(migration)}`;

const nextTo = (path: string, plan: DotenvSwitch, context: SwitchContext): string =>
  `${beside(path, plan, context)}.next`;

async function current(plan: DotenvSwitch): Promise<Current> {
  const file = await readTextFile(plan.path);
  if (file === null) throw failure('SwitchFailed', `${plan.path}: found no file; wanted the application's dotenv file`);
  return { file, key: findAssignment(plan.path, file.text, plan.key) };
}

async function readStaged(file: TextFile, plan: DotenvSwitch, context: SwitchContext): Promise<Staged | null> {
  const path = beside(file.path, plan, context);
  const [before, after] = [await readTextFile(`${path}.before`), await readTextFile(`${path}.staged`)];
  if (before === null || after === null) return null;
  return {
    before: findAssignment(before.path, before.text, plan.key),
    after: findAssignment(after.path, after.text, plan.key),
  };
}

/** The value the plan gives the key for a side; null where the value is kept and only its host exchanged. */
const addressed = ({ value }: DotenvSwitch, { host, port, database }: Address): string | null =>
  value?.replaceAll('{host}', host).replaceAll('{port}', String(port)).replaceAll('{database}', database) ?? null;

function newContent(plan: DotenvSwitch, { from, to }: SwitchContext, key: Assignment): string {
  const value = addressed(plan, to);
  if (value !== null) {
    if (value === key.content && value !== addressed(plan, from))
      throw failure(
        'SwitchFailed',
        `${plan.path}: ${plan.key} already has the target's value; wanted the source's, which has the data`,
      );
    return value;
  }
  const { text, places, withoutPort } = replaceHost(key.content, from, to);
  if (places === 0)
    throw failure(
      'SwitchFailed',
      `${plan.path}: ${plan.key} does not name ${from.host}; wanted the source's host in it`,
    );
  if (withoutPort > 0)
    throw failure(
      'SwitchFailed',
      `${plan.path}: ${plan.key} names ${from.host} without a port; wanted :${from.port} behind it, since the target's is ${to.port}`,
    );
  return text;
}

async function stage(plan: DotenvSwitch, context: SwitchContext): Promise<{ change: string }> {
  const { file, key } = await current(plan);
  const staged = await readStaged(file, plan, context);
  if (staged !== null && key.content === staged.after.content) return { change: changeWords(plan, context) };
  const written = writtenAs(newContent(plan, context, key), key);
  const path = beside(file.path, plan, context);
  // The way back first: a worker that dies in between leaves nothing that could be applied.
  await writeBeside(`${path}.before`, file.text, file);
  await writeBeside(`${path}.staged`, replaceAssignment(file.text, key, written), file);
  const recorded = await readStaged(file, plan, context);
  if (recorded?.after.written !== written || recorded.before.written !== key.written)
    throw failure('SwitchFailed', `${path}.staged: reads otherwise than it was just written`);
  return { change: changeWords(plan, context) };
}

const changeWords = (plan: DotenvSwitch, { from, to }: SwitchContext): string =>
  `${plan.key} in ${plan.path}: ${addressed(plan, to) ?? `${from.host} → ${to.host} in its value`}`;

async function ready(
  plan: DotenvSwitch,
  context: SwitchContext,
  { deed, signal }: { deed: 'apply' | 'revert'; signal: AbortSignal },
): Promise<void> {
  const { file, key } = await current(plan);
  const staged = await readStaged(file, plan, context);
  const [from, to] = deed === 'apply' ? [staged?.before, staged?.after] : [staged?.after, staged?.before];
  // What stands in the way is said by the deed itself.
  if (from === undefined || to === undefined || key.content !== from.content || signal.aborted) return;
  await writeBeside(nextTo(file.path, plan, context), replaceAssignment(file.text, key, to.written), file);
}

async function apply(plan: DotenvSwitch, context: SwitchContext, signal: AbortSignal): Promise<void> {
  const { file, key } = await current(plan);
  const staged = await readStaged(file, plan, context);
  if (staged === null)
    throw failure('SwitchFailed', `${plan.path}: found nothing staged for ${plan.key}; wanted it staged first`);
  await exchange({ file, key }, { from: staged.before, to: staged.after }, { plan, context, signal });
}

async function revert(plan: DotenvSwitch, context: SwitchContext, signal: AbortSignal): Promise<'undone' | 'absent'> {
  const { file, key } = await current(plan);
  const staged = await readStaged(file, plan, context);
  if (staged !== null)
    return exchange({ file, key }, { from: staged.after, to: staged.before }, { plan, context, signal });
  // Without a record there is nothing of ours to undo, unless the value says otherwise: then silence would leave the writes on the wrong side.
  const value = addressed(plan, context.to);
  if (key.content === value && value !== addressed(plan, context.from))
    throw failure(
      'SwitchFailed',
      `${plan.path}: ${plan.key} has the target's value and no record of the one before; wanted the source's: set it by hand`,
    );
  return 'absent';
}

async function exchange(
  { file, key }: Current,
  { from, to }: { from: Assignment; to: Assignment },
  { plan, context, signal }: { plan: DotenvSwitch; context: SwitchContext; signal: AbortSignal },
): Promise<'undone' | 'absent'> {
  if (key.content === to.content) return 'absent';
  if (key.content !== from.content)
    throw failure(
      'SwitchFailed',
      `${plan.path}: found ${plan.key} changed by someone else to ${shown(plan, key)}; wanted ${shown(plan, from)}, which it was when staged`,
    );
  const text = replaceAssignment(file.text, key, to.written);
  await replaceText(file, text, nextTo(file.path, plan, context), signal);
  return 'undone';
}

/** Only what is plainly an address is repeated: values of dotenv files are mostly secrets. */
const shown = ({ key }: DotenvSwitch, { content }: Assignment): string =>
  !isSecretKey([key]) && /^[\w-]+(\.[\w-]+)+(:\d+)?$|^\d{1,5}$/.test(content)
    ? content
    : `a value of ${content.length} characters, not shown`;
