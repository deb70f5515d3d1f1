import type { RollbackPreview } from '../../model/rollback-preview.ts';
import { amount, size } from '../../model/amount.ts';
import { facts, paragraph } from './columns.ts';
import type { Look } from './look.ts';
import { span } from '../../model/span.ts';

type Preview = Exclude<RollbackPreview, { readonly kind: 'refused' }>;
type HandOver = Extract<Preview, { readonly kind: 'hand-over' }>;

/** What `daybreak rollback --dry-run` says: what would be done, for how long writes would stop, and what would be lost. */
export function rollbackPreview(preview: Preview, look: Look): string[] {
  if (preview.kind === 'undo')
    return [
      ...paragraph(
        'The target has not taken writes: a rollback undoes what was made, and nothing is lost.',
        look.width,
      ),
      ...facts(
        preview.undone.map((label) => ['undone', label]),
        look.width,
      ),
    ];
  const rows: [string, string][] = [
    ['lost', lost(preview)],
    ['pause', pause(preview)],
    ['behind', behind(preview)],
    ['switches', switches(preview)],
    ...preview.troubles.map((trouble): [string, string] => ['trouble', trouble]),
  ];
  return [...facts(rows, look.width), 'nothing was changed'];
}

function lost({ lost: isLost, writesLost }: HandOver): string {
  if (writesLost === 0 && !isLost) return '0 writes';
  const count =
    writesLost === null
      ? 'an unknown number of writes: the statistics of the target were reset'
      : `${isLost ? 'up to ' : ''}${amount(writesLost)} writes, and what the target takes until its fence`;
  return `${count}; only --accept-loss goes back then`;
}

const pause = ({ predictedPauseMs }: HandOver): string =>
  predictedPauseMs === null
    ? 'not known: nothing of it could be measured'
    : `writes would stop for about ${span(predictedPauseMs)}, by how fast a change travels from side to side now`;

function behind({ lagBytes, tripMs }: HandOver): string {
  if (lagBytes === null) return 'the source does not follow the target';
  const trip = tripMs === null ? 'no change arrived when it was tried' : `a change arrives after ${span(tripMs)}`;
  return `the source by ${size(lagBytes)}; ${trip}`;
}

const switches = ({ switches: all }: HandOver): string =>
  all.length === 0
    ? 'none: nobody tells the application the old address'
    : all.map(({ name, kind, change }) => `${name} (${kind}): ${change}`).join('\n');
