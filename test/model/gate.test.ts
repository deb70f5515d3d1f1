import { describe, expect, it } from 'vitest';
import { digestOf } from '../../model/digest.ts';
import { decide, type Gate } from '../../model/gate.ts';
import type { DecommissionReport } from '../../model/report.ts';

const place = { name: 'db', host: 'db.test', port: 5432, database: 'app', engine: 'PostgreSQL 15' };
const report: DecommissionReport = {
  schemaVersion: 1,
  gate: 'decommission',
  pauses: [],
  migration: 'daybreak/123456789012/eu-west-2/db/app',
  run: 'run-1',
  round: 1,
  createdAt: '2026-11-22T10:00:00.000Z',
  expiresAt: '2026-11-22T14:00:00.000Z',
  operator: 'olga',
  approvers: ['ada', 'olga'],
  separationOfDuties: true,
  from: place,
  to: place,
  findings: [],
  source: 'keep',
  finalSnapshot: null,
  keepAutomatedBackups: true,
};
const gate: Gate = { name: 'decommission', report, digest: digestOf(report), decision: null };
const approval = { digest: gate.digest, approver: 'ada' };
const inTime = Date.parse('2026-11-22T13:59:59.999Z');

describe('a decision at a gate', () => {
  it('is accepted from an approver with the digest of the open report, until it expires', () => {
    expect(decide(gate, 'decommission', approval, inTime)).toEqual({ accepted: true });
  });

  it.each([
    ['no gate is open', null, approval, inTime, /no decommission gate is open/],
    ['the digest is of another report', gate, { ...approval, digest: 'sha256:0' }, inTime, /is not the open report's/],
    ['the approver is unknown', gate, { ...approval, approver: 'mallory' }, inTime, /not an approver/],
    ['the approver started the run', gate, { ...approval, approver: 'olga' }, inTime, /wants another person/],
    ['the report expired this very moment', gate, approval, inTime + 1, /expired at/],
    [
      'it was decided before',
      { ...gate, decision: { kind: 'rejected', by: 'ada', at: '2026-11-22T11:00:00.000Z' } } satisfies Gate,
      approval,
      inTime,
      /already rejected by ada/,
    ],
  ])('is refused when %s', (_, open, message, nowMs, reason) => {
    const answer = decide(open, 'decommission', message, nowMs);
    expect(answer).toEqual({ accepted: false, reason: expect.stringMatching(reason) });
  });

  it('is refused at the other gate', () => {
    expect(decide(gate, 'cutover', approval, inTime)).toMatchObject({ accepted: false });
  });

  it('of an earlier run, round or gate does not pass: each has a digest of its own', () => {
    const others = [
      { ...report, run: 'run-2' },
      { ...report, round: 2 },
      { ...report, createdAt: '2026-11-22T10:00:00.001Z' },
    ].map((other) => digestOf(other));
    expect(new Set([gate.digest, ...others]).size).toBe(4);
    for (const digest of others)
      expect(decide(gate, 'decommission', { ...approval, digest }, inTime)).toMatchObject({ accepted: false });
  });
});
