const MB = 1024;
/** What a merge reads of each sorted run at a time: MERGE_BUFFER_SIZE of PostgreSQL's tuplesort.c. */
const READ_AHEAD_KB = 256;
const LEAST_KB = 32 * MB;

/**
 * `maintenance_work_mem`, in kB, for an index of a table of so many bytes: as little as lets PostgreSQL merge all its sorted runs at
 * once. More is slower, for a run that fits the processor's caches is sorted in half the time; less would merge twice. `mostKb`: what
 * one lane may take.
 */
export function sortMemoryKb(tableBytes: number, mostKb: number): number {
  const mergedAtOnce = Math.ceil(Math.sqrt((tableBytes / 1024) * READ_AHEAD_KB));
  return Math.min(mostKb, Math.max(LEAST_KB, mergedAtOnce));
}
