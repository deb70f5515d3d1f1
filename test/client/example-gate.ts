import { digestOf } from '../../model/digest.ts';
import type { Gate } from '../../model/gate.ts';
import type { DecommissionReport, Place, ReadinessReport, Report, SourceRebootReport } from '../../model/report.ts';

const source: Place = {
  name: 'mindmeasure-db',
  host: 'mindmeasure-db.cz8c8wq4k3ak.eu-west-2.rds.amazonaws.com',
  port: 5432,
  database: 'mindmeasure',
  engine: 'PostgreSQL 15.18',
};
const target: Place = {
  name: 'mindmeasure-aurora',
  host: 'mindmeasure-aurora.cluster-cz8c8wq4k3ak.eu-west-2.rds.amazonaws.com',
  port: 5432,
  database: 'mindmeasure',
  engine: 'Aurora PostgreSQL 15.15',
};

const either = {
  schemaVersion: 1,
  migration: 'daybreak/123456789012/eu-west-2/mindmeasure-db/mindmeasure',
  run: '0195f0a2-0000-7000-8000-000000000001',
  round: 1,
  createdAt: '2026-03-22T16:00:00.000Z',
  expiresAt: '2099-11-22T20:00:00.000Z',
  operator: 'carol',
  approvers: ['anna', 'ben'],
  separationOfDuties: true,
  from: source,
} as const;

export const readiness = (change: Partial<ReadinessReport> = {}): ReadinessReport => ({
  ...either,
  to: target,
  pauses: [],
  gate: 'cutover',
  findings: [
    { level: 'warning', check: 'no-pooler', message: 'no pooler is in front of the source: clients see the pause' },
  ],
  strategy: 'dump',
  predictedPauseMs: 150_000,
  maxWritePauseMs: 300_000,
  window: null,
  tables: 7,
  rows: 1_234_567,
  bytes: 120_000_000,
  differences: 0,
  safetySnapshot: 'mindmeasure-db-daybreak-before-0195f0a2',
  switches: [{ name: 'api', kind: 'dotenv', change: 'AWS_RDS_HOST in /srv/api/.env' }],
  ...change,
});

export const decommission = (change: Partial<DecommissionReport> = {}): DecommissionReport => ({
  ...either,
  to: target,
  pauses: [],
  gate: 'decommission',
  findings: [],
  source: 'delete',
  finalSnapshot: 'mindmeasure-db-daybreak-final-0195f0a2',
  keepAutomatedBackups: true,
  ...change,
});

export const sourceReboot = (change: Partial<SourceRebootReport> = {}): SourceRebootReport => ({
  ...either,
  gate: 'source-reboot',
  findings: [],
  changes: [{ parameter: 'rds.logical_replication', from: '0', to: '1' }],
  parameterGroup: 'default.postgres15',
  newParameterGroup: 'mindmeasure-db-daybreak',
  sharedWith: [],
  multiAz: false,
  pending: [],
  window: null,
  ...change,
});

export const gateOf = (report: Report): Gate => ({
  name: report.gate,
  report,
  digest: digestOf(report),
  decision: null,
});
