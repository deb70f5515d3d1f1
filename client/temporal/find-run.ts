import { setTimeout as pause } from 'node:timers/promises';
import { complain } from '../complaint.ts';
import { EXIT } from '../exit-codes.ts';
import type { Temporal } from './connect.ts';
import { listRuns } from './list-runs.ts';

/** Visibility lags behind the start of a run; a second is ample where nothing is wrong. */
const VISIBILITY_LAG_MS = 1_000;
const LOOKED_AT = 200;

/**
 * The workflow id a person means: a whole one, part of one (`mindmeasure-db`), or, if left out, the only active run's.
 * Never a guess: with none or several it names them and exits {@link EXIT.usage}.
 */
export async function findRun(temporal: Temporal, wanted: string | undefined): Promise<string> {
  if (wanted?.startsWith('daybreak/') === true) return wanted;
  const ids = wanted === undefined ? await activeIds(temporal) : await idsWith(temporal, wanted);
  const [id] = ids;
  if (id !== undefined && ids.length === 1) return id;
  const recent = ids.length === 0 ? await idsWith(temporal, '') : ids;
  throw complain({
    what: wanted === undefined ? 'which run is meant?' : `which run is meant by ${wanted}?`,
    found: `${ids.length === 0 ? 'none' : ids.length} ${wanted === undefined ? 'active' : 'of that name'}`,
    wanted: 'exactly one',
    remedy: recent.length === 0 ? 'start one: daybreak start PLAN' : 'name it by its id or a part of it:',
    lines: recent.map((known) => `  ${known}`),
    ending: 'nothing changed',
    exitCode: EXIT.usage,
  });
}

async function activeIds(temporal: Temporal): Promise<string[]> {
  const ids = async (): Promise<string[]> => (await listRuns(temporal, LOOKED_AT, true)).map(({ id }) => id);
  const found = await ids();
  if (found.length > 0) return found;
  await pause(VISIBILITY_LAG_MS);
  return await ids();
}

/** Ids that hold `part` between slashes; the empty part is in all of them. */
async function idsWith(temporal: Temporal, part: string): Promise<string[]> {
  const runs = await listRuns(temporal, LOOKED_AT);
  const ids = [...new Set(runs.map(({ id }) => id))];
  return part === '' ? ids : ids.filter((id) => `/${id}/`.includes(`/${part}/`));
}
