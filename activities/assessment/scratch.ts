import { mkdir, statfs } from 'node:fs/promises';
import bytes from 'bytes';
import { isPhysical } from '../../model/strategy.ts';
import { blocker, warning, type Check, type DatabaseSubject } from './subject.ts';

/** A dump is compressed and holds no indexes; below this share of the database even a good compression does not help. */
const HOPELESS_SHARE = 0.15;

/** Room for the dump. Seen from this worker: where copies run on another machine, that one has to have it. */
export const checkScratch: Check<DatabaseSubject> = async ({ session, plan, clients: { scratch } }) => {
  if (isPhysical(plan)) return [];
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(scratch);
  const free = bavail * bsize;
  const [row] = await session.query<{ size: string }>('SELECT pg_database_size(current_database()) AS size');
  const size = Number(row?.size ?? 0);
  if (free >= size) return [];
  const found = `${scratch} has ${bytes(free)} free for the dump of a database of ${bytes(size)}`;
  return free < size * HOPELESS_SHARE
    ? [blocker('scratch-full', `${found}: set DAYBREAK_SCRATCH to a folder with more`)]
    : [warning('scratch-tight', `${found}: enough only if it compresses well`)];
};
