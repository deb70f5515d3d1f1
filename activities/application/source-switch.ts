import { join } from 'node:path';
import { shortId } from '../../model/names.ts';
import type { SourceSwitch } from '../../model/plan-values.ts';
import { failure } from '../failure.ts';
import { limited } from './deed-limit.ts';
import { replaceHost } from './host-text.ts';
import { inTurn } from './in-turn.ts';
import { findOccurrences, type Occurrence } from './source-files.ts';
import { patched, readPatch, unpatched, writePatch, type FilePatch } from './source-patch.ts';
import type { Switch, SwitchContext } from './switch.ts';
import {
  folderOwner,
  readTextFile,
  removeBeginningWith,
  replaceText,
  writeBeside,
  type TextFile,
} from './text-file.ts';

/** A file of the patch as it is now. */
interface Standing extends FilePatch {
  readonly state: 'before' | 'after';
  readonly file: TextFile;
  /** Its text after the deed in question; unchanged where the deed is done already. */
  readonly text: string;
}

/**
 * The old host in source files. Staging writes a patch beside them; the cutover applies it, or leaves that to people where the plan
 * says `patch`. Everything is checked before anything is written; a file the patch no longer fits is named and refused.
 */
export function openSourceSwitch(plan: SourceSwitch, context: SwitchContext): Switch {
  const { name, root, mode } = plan;
  const deed = <Result>(what: string, work: (signal: AbortSignal) => Promise<Result>) =>
    limited(`${what} ${name}`, (signal) => inTurn(root, () => work(signal)));
  return {
    stage: () => stage(plan, context),
    unstage: () => unstage(plan, context),
    ready: (what) => deed('ready', () => ready(plan, context, what)),
    apply: () => deed('apply', (signal) => apply(plan, context, signal)),
    revert: () => deed('revert', (signal) => revert(plan, context, signal)),
    isApplied: () =>
      deed('read', async () => {
        const patch = await stagedPatch(plan, context);
        // Where only a patch was asked for, writing it is the whole deed.
        if (patch === null || mode === 'patch') return patch !== null;
        return (await standing(plan, context, patch, 'after')).every(({ state }) => state === 'after');
      }),
  };
}

const patchPath = ({ root, name }: SourceSwitch, { migration }: SwitchContext): string =>
  join(root, `daybreak-${shortId(`${migration}/${name}`)}.patch`);

async function stagedPatch(plan: SourceSwitch, context: SwitchContext): Promise<FilePatch[] | null> {
  const path = patchPath(plan, context);
  const file = await readTextFile(path);
  return file === null ? null : readPatch(path, file.text);
}

async function stage(plan: SourceSwitch, context: SwitchContext): Promise<{ change: string }> {
  const path = patchPath(plan, context);
  const staged = await stagedPatch(plan, context);
  if (staged !== null && (await isAfter(plan, staged))) return { change: `applied already: ${path}` };
  const occurrences = await findOccurrences(plan, context);
  if (occurrences.length === 0)
    throw failure(
      'SwitchFailed',
      `${plan.root}: no file of ${plan.include.join(', ')} names ${context.from.host}; wanted at least one: correct root or include`,
    );
  const text = writePatch(occurrences.map(({ path: name, file, after }) => ({ path: name, before: file.text, after })));
  await writeBeside(path, text, { ...(await folderOwner(plan.root)), mode: 0o600 });
  for (const { path: name, state } of await standing(plan, context, readPatch(path, text), 'after'))
    if (state !== 'before') throw failure('SwitchFailed', `${name}: changed while the patch was made; stage again`);
  return { change: changeWords(plan, occurrences, path) };
}

function changeWords({ root, mode }: SourceSwitch, occurrences: readonly Occurrence[], path: string): string {
  const places = occurrences.reduce((sum, each) => sum + each.places, 0);
  const names = occurrences.slice(0, 5).map((each) => each.path);
  const more = occurrences.length > names.length ? ` and ${occurrences.length - names.length} more` : '';
  const deed = mode === 'apply' ? 'patch' : 'patch, to be applied by people';
  return `${counted(places, 'place')} in ${counted(occurrences.length, 'file')} under ${root}: ${names.join(', ')}${more}; ${deed}: ${path}`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

async function unstage(plan: SourceSwitch, context: SwitchContext): Promise<'undone' | 'absent'> {
  const path = patchPath(plan, context);
  // Copies a killed worker left beside the sources go first, while the patch still says where they would be.
  for (const { path: name } of (await stagedPatch(plan, context)) ?? [])
    await removeBeginningWith(nextTo(join(plan.root, name), plan, context));
  const removed = await removeBeginningWith(path);
  return removed ? 'undone' : 'absent';
}

const nextTo = (path: string, plan: SourceSwitch, { migration }: SwitchContext): string =>
  `${path}.daybreak-${shortId(`${migration}/${plan.name}`)}`;

async function apply(plan: SourceSwitch, context: SwitchContext, signal: AbortSignal): Promise<void> {
  const patch = await stagedPatch(plan, context);
  if (patch === null)
    throw failure('SwitchFailed', `${patchPath(plan, context)}: found no patch; wanted the switch staged first`);
  if (plan.mode === 'patch') return;
  await write(plan, context, await standing(plan, context, patch, 'after'), signal);
}

async function revert(plan: SourceSwitch, context: SwitchContext, signal: AbortSignal): Promise<'undone' | 'absent'> {
  const patch = await stagedPatch(plan, context);
  if (patch === null || plan.mode === 'patch') return 'absent';
  const files = await standing(plan, context, patch, 'before');
  await write(plan, context, files, signal);
  return files.some(({ state }) => state === 'after') ? 'undone' : 'absent';
}

async function ready(plan: SourceSwitch, context: SwitchContext, deed: 'apply' | 'revert'): Promise<void> {
  const patch = await stagedPatch(plan, context);
  if (patch === null || plan.mode === 'patch') return;
  for (const { file, text } of await standing(plan, context, patch, deed === 'apply' ? 'after' : 'before'))
    if (text !== file.text) await writeBeside(`${nextTo(file.path, plan, context)}.next`, text, file);
}

async function write(
  plan: SourceSwitch,
  context: SwitchContext,
  files: readonly Standing[],
  signal: AbortSignal,
): Promise<void> {
  for (const { file, text } of files)
    if (text !== file.text) await replaceText(file, text, `${nextTo(file.path, plan, context)}.next`, signal);
}

async function isAfter(plan: SourceSwitch, patch: readonly FilePatch[]): Promise<boolean> {
  for (const each of patch) {
    const file = await readTextFile(join(plan.root, each.path));
    if (file === null || unpatched(file.text, each) === null) return false;
  }
  return true;
}

/** Each file with its text after going to `wanted`. Throws `SwitchFailed` naming the first that fits neither way. */
async function standing(
  plan: SourceSwitch,
  context: SwitchContext,
  patch: readonly FilePatch[],
  wanted: 'before' | 'after',
): Promise<Standing[]> {
  const all: Standing[] = [];
  for (const each of patch) {
    const path = join(plan.root, each.path);
    const file = await readTextFile(path);
    const found = file === null ? null : stateOf(file, each, context);
    if (file === null || found === null)
      throw failure(
        'SwitchFailed',
        `${path}: ${file === null ? 'is gone' : 'was changed'} since ${patchPath(plan, context)} was made and no longer fits it; wanted it as staged`,
      );
    all.push({ ...each, file, state: found.state, text: found.state === wanted ? file.text : found.other });
  }
  return all;
}

/** With the old address the patch must change every place of it, else the application would be torn between two databases. */
function stateOf(
  { text }: TextFile,
  patch: FilePatch,
  { from, to }: SwitchContext,
): (Pick<Standing, 'state'> & { other: string }) | null {
  const after = patched(text, patch);
  if (after !== null && after === replaceHost(text, from, to).text) return { state: 'before', other: after };
  const before = unpatched(text, patch);
  return before === null ? null : { state: 'after', other: before };
}
