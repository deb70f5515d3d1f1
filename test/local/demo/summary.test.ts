import { describe, expect, test } from 'vitest';
import { summaryLines, type Told } from '../../../local/demo/summary.ts';

const told: Told = {
  outcome: {
    status: 'done',
    strategy: 'dump',
    phases: [
      { name: 'setup', status: 'done', durationMs: 4_321 },
      { name: 'soak', status: 'skipped', durationMs: null },
    ],
    writePauseMs: 4_200,
    rowsVerified: 202_438,
    writesAcknowledged: 1_118,
    writesFailed: 2,
    writesLost: 0,
    reportPath: '/a/folder/evidence/sha256-396a5d8d7a2004409ed02c7e9e1a04d756a7c282d92851754e4ec125e9be0701.json',
  },
  check: {
    writesAcknowledged: 1_118,
    writesFailed: 2,
    writesLost: 0,
    longestPauseMs: 4_200,
    wayBackPauseMs: null,
    worstLatencyMs: 4_100,
    servers: ['127.0.0.1:1', '127.0.0.1:2'],
    lostBy: {},
    owner: '127.0.0.1:2',
  },
  options: {
    strategy: 'dump',
    yes: true,
    reject: false,
    rollback: false,
    pooler: false,
    asMaster: false,
    soak: '10s',
    keep: false,
    json: false,
    namespace: 'default',
    ui: '',
    engine: '15',
  },
  stage: {
    temporal: { address: '127.0.0.1:7233', namespace: 'default', uiUrl: 'http://127.0.0.1:8233' },
    folders: { kept: '/a/folder' },
    source: { host: '127.0.0.1', port: 1 },
  },
  leftBehind: null,
};
const text = (change: Partial<Told> = {}): string => summaryLines({ ...told, ...change }, 80).join('\n');

describe('the summary', () => {
  test('says where the data is, how long each phase and the write pause took, and what became of the writes', () => {
    expect(text()).toContain('the target, Aurora (127.0.0.1:2)');
    expect(text()).toContain('setup 4.3 s');
    expect(text()).not.toContain('soak');
    expect(text()).toMatch(/write pause +4,200 ms: the longest/);
    expect(text()).toContain('1,118 acknowledged, 2 failed, 0 lost');
    expect(text({ check: { ...told.check, owner: '127.0.0.1:1' } })).toContain('the source, RDS (127.0.0.1:1)');
  });

  test('tells the pause of the way back beside the other, where the demo went back', () => {
    expect(text()).not.toContain('pause going back');
    expect(text({ outcome: { ...told.outcome, rollbackPauseMs: 90 } })).toMatch(/pause going back +90 ms: the longest/);
  });

  test('keeps to 80 columns but never cuts a path', () => {
    const lines = text().split('\n');
    expect(lines.filter((line) => line.length > 80 && !line.includes('sha256-'))).toEqual([]);
    expect(text()).toContain(told.outcome.reportPath);
  });

  test('names what an undone run left behind, or that it is nothing', () => {
    expect(text({ leftBehind: [] })).toMatch(/world as before +yes:/);
    expect(text({ leftBehind: ['roles', 'snapshots'] })).toMatch(/world as before +NO: roles, snapshots differ/);
  });

  test('says how many writes were lost', () => {
    expect(text({ outcome: { ...told.outcome, writesLost: 7 } })).toContain('7 lost');
  });

  test('says where the UI stays only if it stays', () => {
    expect(text()).toContain('ends with this demo');
    expect(text({ options: { ...told.options, keep: true } })).not.toContain('ends with this demo');
  });
});
