import type { ReadinessReport } from '../../model/report.ts';
import { followsBack } from '../../model/strategy.ts';
import { amount, size } from '../../model/amount.ts';
import { interruption } from './interruption.ts';
import { span } from '../../model/span.ts';
import { pauses } from './pauses.ts';
import { windowWords } from './window-words.ts';

/** What the cutover does to the clients, what is undone by itself, and what going back costs afterwards. */
export function cutoverFacts(report: ReadinessReport): [string, string][] {
  const { predictedPauseMs, maxWritePauseMs, tables, rows, bytes, differences, safetySnapshot, switches } = report;
  return [
    [
      'copied',
      `${amount(tables)} tables, ${amount(rows)} rows, ${size(bytes)}; ${differences} tables differed when it was checked`,
    ],
    [
      'pause',
      `writes stop for about ${span(predictedPauseMs)}, ${PREDICTED_BY[report.strategy]}; at the most ${span(maxWritePauseMs)}`,
    ],
    ...interruption(report, predictedPauseMs),
    ...pauses(report.pauses),
    ['clients', CLIENTS[report.strategy]],
    ['begins', beginsAt(report)],
    ['switches', switches.length === 0 ? NO_SWITCH : switches.map(switchLine).join('\n')],
    ['undone', undoneByItself(report)],
    ['later', followsBack(report) ? LOSES_NOTHING : LOSES],
    ['kept', `snapshot ${safetySnapshot} of the source, made before anything else`],
  ];
}

const PREDICTED_BY: Readonly<Record<ReadinessReport['strategy'], string>> = {
  'blue-green': 'by how fast a change travels from side to side now',
  replica:
    'which is how long reading every row took; AWS’s promotion of the replica, minutes, comes on top and cannot be rehearsed',
  snapshot: 'as long as the rehearsal took, from its snapshot to the last row read',
  dump: 'as long as the rehearsal took',
};

const TURNED_AWAY =
  'connections to the source are ended and new ones refused until the target opens. Clients see connection errors for that time, reads too, and have to connect again, at the new address: the old one then refuses them for good.';

const CLIENTS: Readonly<Record<ReadinessReport['strategy'], string>> = {
  'blue-green':
    'writes wait while they are moved, reads go on. Behind a pooler that Daybreak may pause nothing fails; without one each connection sees one refused write or an ended connection and has to connect again, at the new address: the old one then refuses writes for good.',
  replica: TURNED_AWAY,
  snapshot: TURNED_AWAY,
  dump: TURNED_AWAY,
};

const LOSES =
  'going back (daybreak rollback, during the soak) loses what the target has taken since it opened: the source does not follow it. Findings say why. The command says how many writes that is and asks first.';

const LOSES_NOTHING =
  'going back (daybreak rollback, during the soak) loses nothing: the source follows the target from the moment it opens. Code may be deployed meanwhile, the schema must not change.';

const NO_SWITCH = 'none: nobody tells the application the new address';

const switchLine = ({ name, kind, change }: ReadinessReport['switches'][number]): string =>
  `${name} (${kind}): ${change}`;

function beginsAt({ window }: ReadinessReport): string {
  if (window === null) return 'right after the approval';
  return `only ${windowWords(window)}, looked at when the writes are about to stop`;
}

const undoneByItself = ({ from, maxWritePauseMs }: ReadinessReport): string =>
  `by itself, whatever goes wrong before the target opens, or takes longer than ${span(maxWritePauseMs)}: ${from.name} takes writes again, the switches go back, no write is lost.`;
