import { describe, expect, it } from 'vitest';
import type { DotenvSwitch } from '../../model/plan-values.ts';
import { isSameUndo, labelOf, waitsFor, type Undo } from '../../model/undo.ts';

const site: DotenvSwitch = { kind: 'dotenv', name: 'website', path: '/srv/.env', key: 'DB_HOST', value: '{host}' };
const UNDOS: readonly Undo[] = [
  { kind: 'releaseSource' },
  { kind: 'deleteParameterGroup', name: 'group' },
  { kind: 'deleteCluster', cluster: 'cluster' },
  { kind: 'deleteInstance', instance: 'one' },
  { kind: 'deleteInstance', instance: 'two' },
  { kind: 'dropWorkingCopy' },
  { kind: 'dropReplication' },
  { kind: 'unmarkProduction' },
  { kind: 'unstageSwitch', switch: site },
  { kind: 'unstageSwitch', switch: { ...site, name: 'reports' } },
  { kind: 'revertSwitch', switch: site },
];
const words = (undos: readonly Undo[]): readonly string[] => undos.map((undo) => labelOf(undo));

describe('an undo', () => {
  it('is itself and no other: stacks and reports know it by kind and subject', () => {
    for (const one of UNDOS) expect(words(UNDOS.filter((other) => isSameUndo(one, other)))).toEqual([labelOf(one)]);
  });

  it('is named in words a person can read on a timeline', () => {
    expect(words(UNDOS)).toEqual([
      'release the source',
      'delete parameter group group',
      'delete Aurora cluster cluster',
      'delete Aurora instance one',
      'delete Aurora instance two',
      'drop the working copy',
      'end the replication between both sides',
      'take the mark of production off the target',
      'unstage switch website',
      'unstage switch reports',
      'revert switch website',
    ]);
  });
});

describe('beside a blocked undo', () => {
  const waiting = (blocked: Undo): readonly string[] =>
    words(UNDOS.filter((undo) => undo !== blocked && waitsFor(undo, blocked)));

  it.each([
    ['a cluster, its parameter group', { kind: 'deleteCluster', cluster: 'cluster' }, ['delete parameter group group']],
    [
      'an instance, its cluster and parameter group',
      { kind: 'deleteInstance', instance: 'one' },
      ['delete parameter group group', 'delete Aurora cluster cluster'],
    ],
    [
      'a switch that cannot be reverted, only its own unstaging',
      { kind: 'revertSwitch', switch: site },
      ['unstage switch website'],
    ],
    [
      'the mark of production, all of the target',
      { kind: 'unmarkProduction' },
      [
        'delete parameter group group',
        'delete Aurora cluster cluster',
        'delete Aurora instance one',
        'delete Aurora instance two',
      ],
    ],
    ['the working copy, nothing', { kind: 'dropWorkingCopy' }, []],
  ] as const)('that is %s waits, and always the release of the source', (_, blocked, dependents) => {
    expect(waiting(blocked)).toEqual(['release the source', ...dependents]);
  });
});
