import type { Assessment } from '../../activities/contract.ts';
import { instanceNames, parameterGroupName, safetySnapshotName } from '../../model/names.ts';
import type { Place } from '../../model/report.ts';
import { traitsOf } from '../../model/strategy.ts';
import { targetMaster } from '../../model/target-master.ts';
import { owner, set, stopped, targetOf, type Migration } from '../migration.ts';
import { section, step } from '../step.ts';
import { prepareSource, untouched } from './source-preparation.ts';
import { takeSafetySnapshot } from './safety-snapshot.ts';

/** Where the database is and where it goes: what setup learns and every report shows. */
export interface Route {
  readonly from: Place;
  readonly to: Place;
}

/** Looks first and changes nothing if a blocker is found; then claims the source and makes the target. */
export const setup = (m: Migration): Promise<Route> =>
  section(m, 'setup', async () => {
    const assessment = await prepareSource(m, await assess(m), {
      assess: () => assess(m),
      placeOf: (one) => fromPlace(m, one),
    });
    await step(
      m,
      'claimSource',
      `claim ${m.input.plan.source.instance} for this migration`,
      { migration: m.id, run: m.run, source: assessment.source },
      { undo: { kind: 'releaseSource' } },
    );
    m.targetVersion = assessment.targetVersion;
    await makeParameterGroup(m);
    // What is restored is rehearsed with the safety snapshot: it is there in any case.
    if (traitsOf(m.input.plan).target === 'restored') await takeSafetySnapshot(m);
    await makeCluster(m);
    const { version } = await step(m, 'probeTarget', `log in to ${m.input.plan.target.cluster}`, {
      target: targetOf(m),
    });
    return { from: fromPlace(m, assessment), to: toPlace(m, version) };
  });

async function assess(m: Migration): Promise<Assessment> {
  const assessment = await step(m, 'assess', 'assess the plan and both sides', { ...owner(m), run: m.run });
  set(m, { findings: assessment.findings, ...(assessment.feedsBack === true ? { feedsBack: true } : {}) });
  m.source = assessment.source;
  const blockers = assessment.findings.filter(({ level }) => level === 'blocker');
  if (blockers.length === 0) return assessment;
  const named = blockers.map(({ check, message }) => `${check}: ${message}`).join('; ');
  throw stopped(m, { ending: 'refused', reason: `${blockers.length} blockers, ${untouched(m)}: ${named}` });
}

async function makeParameterGroup(m: Migration): Promise<void> {
  const group = parameterGroupName(m.input.plan);
  await step(
    m,
    'ensureParameterGroup',
    `make cluster parameter group ${group}`,
    { ...owner(m), engineVersion: m.targetVersion },
    { undo: { kind: 'deleteParameterGroup', name: group } },
  );
}

/** The cluster with its instances, so far that somebody can log in. */
export async function makeCluster(m: Migration): Promise<void> {
  const { plan } = m.input;
  const { target } = plan;
  const isRestored = traitsOf(plan).target === 'restored';
  await step(
    m,
    'ensureCluster',
    `make Aurora cluster ${target.cluster}`,
    {
      ...owner(m),
      engineVersion: m.targetVersion,
      ...(isRestored ? { snapshot: safetySnapshotName(plan, m.run) } : {}),
    },
    { undo: { kind: 'deleteCluster', cluster: target.cluster } },
  );
  const endpoint = await step(m, 'awaitCluster', `wait for cluster ${target.cluster}`, owner(m));
  m.target = { ...endpoint, database: target.database, user: targetMaster(plan).user };
  for (const instance of instanceNames(m.input.plan))
    await step(
      m,
      'ensureInstance',
      `make Aurora instance ${instance}`,
      { ...owner(m), instance },
      { undo: { kind: 'deleteInstance', instance } },
    );
  for (const instance of instanceNames(m.input.plan))
    await step(m, 'awaitInstance', `wait for instance ${instance}`, { ...owner(m), instance });
}

const fromPlace = ({ input: { plan } }: Migration, { source, sourceVersion }: Assessment): Place => ({
  name: plan.source.instance,
  host: source.host,
  port: source.port,
  database: source.database,
  engine: `RDS for PostgreSQL ${sourceVersion}`,
});

function toPlace(m: Migration, version: string): Place {
  const { host, port, database } = targetOf(m);
  return { name: m.input.plan.target.cluster, host, port, database, engine: `Aurora PostgreSQL ${version}` };
}
