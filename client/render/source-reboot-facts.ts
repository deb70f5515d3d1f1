import type { SourceRebootReport } from '../../model/report.ts';
import { windowWords } from './window-words.ts';

/** What the reboot of the source changes for good, and what clients see of it. */
export function sourceRebootFacts(report: SourceRebootReport): [string, string][] {
  const { changes, sharedWith, pending, window } = report;
  return [
    ['changes', changes.map(({ parameter, from, to }) => `${parameter}: ${from} → ${to}`).join('\n')],
    ['in', groups(report)],
    ...(sharedWith.length === 0
      ? []
      : [
          ['shared', `${sharedWith.join(', ')} have that group too, and take the change with their next reboot`] as [
            string,
            string,
          ],
        ]),
    ['reboot', rebooted(report)],
    [
      'clients',
      'every connection to the source is ended and new ones are refused until it is up again: reads and writes fail for that time. It is an interruption of its own, before the cutover; later reports name both together.',
    ],
    ...(pending.length === 0
      ? []
      : [
          [
            'waits',
            `modifications that wait for the maintenance window (${pending.join(', ')}) may be applied with it`,
          ] as [string, string],
        ]),
    [
      'begins',
      window === null
        ? 'right after the approval'
        : `only ${windowWords(window)}, looked at when the reboot is about to begin`,
    ],
    [
      'undone',
      'not at all: the parameters stay, for taking them back would be another reboot. They do no harm: the server writes a little more into its log.',
    ],
    ['rejected', 'nothing is changed, and the run ends'],
  ];
}

function groups({ parameterGroup, newParameterGroup }: SourceRebootReport): string {
  if (newParameterGroup === null) return `parameter group ${parameterGroup}, which the instance has`;
  return `parameter group ${newParameterGroup}, made for it in place of ${parameterGroup}, which AWS lets nobody change`;
}

const rebooted = ({ from, multiAz }: SourceRebootReport): string =>
  `${from.name} is restarted once: seconds to a few minutes, as long as it takes to write out what is in memory; AWS promises no figure, so it is measured${
    multiAz ? '. Also with its standby in another zone: a failover would not apply the parameters' : ''
  }`;
