import picocolors from 'picocolors';
import type { Progress } from '../../../model/progress.ts';
import { pendingSections } from '../../../model/steps.ts';
import type { Look } from '../../../client/render/look.ts';
import type { RunView } from '../../../client/temporal/run-view.ts';

/** 17:00 UTC in a zone one hour ahead, on 80 columns without colour. */
export const look = (change: Partial<Look> = {}): Look => ({
  paint: picocolors.createColors(false),
  width: 80,
  zone: 'Europe/Berlin',
  nowMs: Date.parse('2026-03-22T17:00:00Z'),
  ...change,
});

const step = (name: string, label: string, from: string, to: string | null) => ({
  name,
  label,
  status: to === null ? ('running' as const) : ('done' as const),
  startedAt: `2026-03-22T${from}Z`,
  endedAt: to === null ? null : `2026-03-22T${to}Z`,
  detail: null,
});

/** A run in the middle of its copy. */
export const progress = (change: Partial<Progress> = {}): Progress => ({
  schemaVersion: 1,
  migration: 'daybreak/123456789012/eu-west-2/mindmeasure-db/mindmeasure',
  run: '0195f0a2-0000-7000-8000-000000000001',
  operator: 'carol',
  strategy: 'dump',
  source: 'mindmeasure-db',
  target: 'mindmeasure-aurora',
  status: 'running',
  startedAt: '2026-03-22T16:40:00Z',
  endedAt: null,
  sections: pendingSections().map((section) => {
    if (section.name === 'setup')
      return { ...section, status: 'done', startedAt: '2026-03-22T16:40:00Z', endedAt: '2026-03-22T16:52:30Z' };
    if (section.name !== 'data') return section;
    const steps = [
      step('awaitSnapshot', 'safety snapshot of mindmeasure-db', '16:52:30', '16:55:00'),
      step('copyDatabase', 'rehearse the copy', '16:55:00', null),
    ];
    return { ...section, status: 'running', startedAt: '2026-03-22T16:52:30Z', steps };
  }),
  waitingFor: null,
  held: null,
  gate: null,
  findings: [],
  decisions: [],
  undo: [],
  handOvers: [],
  wayBack: null,
  trouble: null,
  reason: null,
  evidence: null,
  ...change,
});

export const view = (change: Partial<Progress> = {}, of: Partial<RunView> = {}): RunView => ({
  id: 'daybreak/123456789012/eu-west-2/mindmeasure-db/mindmeasure',
  run: '0195f0a2-0000-7000-8000-000000000001',
  execution: 'RUNNING',
  progress: progress(change),
  silence: null,
  activities: [],
  ...of,
});

export const cutOver = {
  direction: 'source-to-target',
  closedMs: 151_000,
  steps: [],
  rowsVerified: 1_234_567,
  tables: 7,
  fenceLsn: '0/1A2B3C4',
  writesLost: 0,
} as const;
