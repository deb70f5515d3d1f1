/** The programs npm has no package for: what each is needed for, what version at least, and how to get it. */

/** @typedef {'pg_dump' | 'pg_restore' | 'psql' | 'pgbench' | 'pgbouncer' | 'temporal' | 'temporal-test-server' | 'chromium'} ProgramName */

/**
 * @typedef {object} Program
 * @property {ProgramName} name
 * @property {'postgres' | 'pooler' | 'temporal' | 'browser'} family decides where it is looked for
 * @property {boolean} required false: only some tests or pictures need it, and they say so
 * @property {boolean} [wanted] brought where that is possible, although the rest goes on without it
 * @property {string} purpose
 * @property {string} variable names the file, or for PostgreSQL the folder, and beats every other place
 * @property {readonly string[]} fileNames
 * @property {readonly [number, number] | undefined} oldest major and minor; undefined where the program cannot tell its version
 */

/** pg_dump refuses servers newer than itself, and 15 is the oldest server Daybreak moves. */
const OLDEST_POSTGRES = /** @type {const} */ ([15, 0]);
/** The first that logs in to servers by SCRAM over TLS and can be told to wait less long after a login that failed. */
const OLDEST_PGBOUNCER = /** @type {const} */ ([1, 16]);
/** The first CLI with a server that knows workflow pause, activity reset and current details in its UI. */
const OLDEST_TEMPORAL = /** @type {const} */ ([1, 5]);

/** @type {readonly Program[]} */
export const PROGRAMS = [
  postgres('pg_dump', true, 'copies schema and rows out of the source'),
  postgres('pg_restore', true, 'brings them into the target'),
  postgres('psql', true, 'looks into a database by hand and in tests'),
  postgres('pgbench', false, 'load for benchmarks'),
  {
    name: 'pgbouncer',
    family: 'pooler',
    required: false,
    wanted: true,
    purpose: 'pooler in front of the sample application, for demo and tests',
    variable: 'PGBOUNCER_BIN',
    fileNames: ['pgbouncer'],
    oldest: OLDEST_PGBOUNCER,
  },
  {
    name: 'temporal',
    family: 'temporal',
    required: true,
    purpose: 'Temporal server and UI for demo and tests',
    variable: 'TEMPORAL_CLI',
    fileNames: ['temporal'],
    oldest: OLDEST_TEMPORAL,
  },
  {
    name: 'temporal-test-server',
    family: 'temporal',
    required: true,
    purpose: 'Temporal server that skips time, for tests of days',
    variable: 'TEMPORAL_TEST_SERVER',
    fileNames: ['temporal-test-server'],
    oldest: undefined,
  },
  {
    name: 'chromium',
    family: 'browser',
    required: false,
    purpose: 'pictures of the Temporal UI',
    variable: 'CHROMIUM',
    fileNames: ['chromium', 'chromium-browser', 'google-chrome'],
    oldest: undefined,
  },
];

/**
 * @param {ProgramName} name
 * @param {boolean} required
 * @param {string} purpose
 * @returns {Program}
 */
function postgres(name, required, purpose) {
  return {
    name,
    family: 'postgres',
    required,
    purpose,
    variable: 'PG_BIN',
    fileNames: [name],
    oldest: OLDEST_POSTGRES,
  };
}

/**
 * @param {ProgramName} name
 * @returns {Program}
 */
export function programNamed(name) {
  const program = PROGRAMS.find((candidate) => candidate.name === name);
  if (program === undefined) throw new Error(`no program "${name}"; known: ${PROGRAMS.map((p) => p.name).join(', ')}`);
  return program;
}
