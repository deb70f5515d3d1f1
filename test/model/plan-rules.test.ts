import { describe, expect, test } from 'vitest';
import { faultsIn, planOf, SMALLEST, withLines } from './plan-texts.ts';

/** The one fault of a plan whose target says more. */
const inTarget = (lines: string): object[] => [
  ...faultsIn(withLines({ '  masterUser: mindmeasureadmin': `  masterUser: mindmeasureadmin\n  ${lines}` })),
];

describe('the roles', () => {
  test.each(['blue-green', 'replica', 'snapshot', 'dump'])('may be the role Daybreak works as, with %s', (strategy) => {
    expect(faultsIn(`strategy: ${strategy}\n${withLines({ mindmeasure_app: 'mindmeasure_admin' })}`)).toEqual([]);
  });

  test.each([
    ['the target’s master user', 'MindMeasureAdmin', 'target.masterUser'],
    ['a role of RDS', 'rds_superuser', 'login role of the application'],
    ['a role of PostgreSQL', 'pg_monitor', 'login role of the application'],
    ['longer than PostgreSQL keeps', 'ä'.repeat(32), '63 bytes'],
  ])('are not %s', (_, name, words) => {
    const faults = faultsIn(withLines({ mindmeasure_app: name }));
    expect(faults).toMatchObject([{ path: 'roles[0].name' }]);
    expect(JSON.stringify(faults)).toContain(words);
  });

  test('stand once each, and there is at least one', () => {
    const role = '  - { name: mindmeasure_app, password: env:APP_PASSWORD }\n';
    expect(faultsIn(withLines({ [role]: role + role }))).toMatchObject([
      { path: 'roles[1].name', found: 'mindmeasure_app' },
    ]);
    expect(faultsIn(withLines({ [`roles:\n${role}`]: 'roles: []\n' }))).toMatchObject([{ path: 'roles' }]);
  });
});

describe('the target', () => {
  test.each([
    ['more minimum than maximum capacity', 'minAcu: 20', 'target.maxAcu'],
    ['capacity in other steps than 0.5', 'maxAcu: 1.3', 'target.maxAcu'],
    ['Enhanced Monitoring without a role', 'monitoring: { intervalSeconds: 60 }', 'target.monitoring.role'],
    [
      'advanced insights kept for a week',
      'monitoring: { databaseInsights: advanced }',
      'target.monitoring.insightsRetentionDays',
    ],
    [
      'a retention AWS does not sell',
      'monitoring: { insightsRetentionDays: 30 }',
      'target.monitoring.insightsRetentionDays',
    ],
    ['a key without encryption', 'storageEncrypted: false\n  kmsKey: alias/x', 'target.storageEncrypted'],
    ['a parameter RDS manages', 'parameters: { ssl_cert_file: server.crt }', 'target.parameters.ssl_cert_file'],
    ['a parameter in upper case', 'parameters: { Log_Statement: ddl }', 'target.parameters.Log_Statement'],
    [
      'a parameter that is no text',
      'parameters: { log_min_duration_statement: 1000 }',
      'target.parameters.log_min_duration_statement',
    ],
    [
      'windows that overlap',
      'backupWindow: 03:00-04:00\n  maintenanceWindow: sun:03:59-sun:05:00',
      'target.maintenanceWindow',
    ],
    [
      'windows that overlap over midnight',
      'backupWindow: 23:30-00:30\n  maintenanceWindow: mon:00:00-mon:01:00',
      'target.maintenanceWindow',
    ],
    [
      'windows that overlap over the week’s end',
      'backupWindow: 00:30-01:30\n  maintenanceWindow: sun:23:00-mon:01:00',
      'target.maintenanceWindow',
    ],
    ['a backup window under 30 minutes', 'backupWindow: 03:00-03:29', 'target.backupWindow'],
    ['a maintenance window under 30 minutes', 'maintenanceWindow: sun:03:00-sun:03:29', 'target.maintenanceWindow'],
    ['a window that is none', 'backupWindow: 3am', 'target.backupWindow'],
    ['too many instances', 'instances: 16', 'target.instances'],
    ['a security group by its name', 'securityGroups: [default]', 'target.securityGroups[0]'],
  ])('has no %s', (_, lines, path) => {
    expect(inTarget(lines)).toMatchObject([{ path }]);
  });

  test('may have windows that touch, as the mission’s do', () => {
    expect(inTarget('backupWindow: 03:00-04:00\n  maintenanceWindow: sun:04:00-sun:05:00')).toEqual([]);
  });

  test.each(['admin', 'rdsadmin', 'mindmeasure_admin', 'seventeenletterss', '1st'])('has no master user %s', (name) => {
    expect(faultsIn(withLines({ 'masterUser: mindmeasureadmin': `masterUser: ${name}` }))).toMatchObject([
      { path: 'target.masterUser' },
    ]);
  });

  test('may have the master user postgres', () => {
    expect(planOf(withLines({ 'masterUser: mindmeasureadmin': 'masterUser: postgres' })).target.masterUser).toBe(
      'postgres',
    );
  });

  test.each([
    ['has the source’s', 'mindmeasure-db', ''],
    ['leads to the source’s', 'mindmeasure', 'instances: 2'],
  ])('has no instance name that %s', (_, name, more) => {
    const changes = {
      'instance: mindmeasure-db': name === 'mindmeasure' ? 'instance: mindmeasure-2' : 'instance: mindmeasure-db',
      'instance: mindmeasure-aurora-1': `instance: ${name}\n  ${more}`,
    };
    expect(faultsIn(withLines(changes))).toMatchObject([{ path: 'target.instance' }]);
  });

  test('has an instance name that leaves room for the suffixes', () => {
    const long = `i${'x'.repeat(62)}`;
    expect(planOf(withLines({ 'mindmeasure-aurora-1': long })).target.instance).toBe(long);
    expect(faultsIn(withLines({ 'mindmeasure-aurora-1': `${long}\n  instances: 2` }))).toMatchObject([
      { path: 'target.instance' },
    ]);
  });

  test.each(['rdsadmin', 'template1'])('does not come from the database %s', (name) => {
    expect(faultsIn(withLines({ 'database: mindmeasure\n  user': `database: ${name}\n  user` }))).toMatchObject([
      { path: 'source.database' },
    ]);
  });
});

describe('the cutover', () => {
  const window = (lines: string): string => withLines({}, `  window: { ${lines} }\n`);

  test.each([
    ['ends when it begins', 'days: [sat], from: "22:00", to: "22:00", timezone: UTC', 'cutover.window.to'],
    ['names no day', 'days: [], from: "22:00", to: "23:00", timezone: UTC', 'cutover.window.days'],
    ['names a day twice', 'days: [sat, sat], from: "22:00", to: "23:00", timezone: UTC', 'cutover.window.days[1]'],
    [
      'is in no time zone',
      'days: [sat], from: "22:00", to: "23:00", timezone: Mars/Olympus',
      'cutover.window.timezone',
    ],
    ['has no time of day', 'days: [sat], from: 25:00, to: "23:00", timezone: UTC', 'cutover.window.from'],
  ])('has no window that %s', (_, lines, path) => {
    expect(faultsIn(window(lines))).toMatchObject([{ path }]);
  });

  test('may have a window over midnight', () => {
    expect(faultsIn(window('days: [sat], from: "22:00", to: "04:00", timezone: Europe/London'))).toEqual([]);
  });

  test('has each approver once', () => {
    expect(faultsIn(withLines({ '[anna]': '[anna, bert, anna]' }))).toMatchObject([{ path: 'cutover.approvers[2]' }]);
  });
});

describe('the switches', () => {
  const env = (more: string): string => `{ kind: dotenv, name: a, path: /a/.env, key: DB_HOST${more} }`;
  const source = (include: string): string => `{ kind: source, name: a, root: /a, include: [${include}] }`;
  const admin = '{ host: pooler, user: daybreak, password: "env:PGBOUNCER_PASSWORD" }';
  const pooler = (name: string): string =>
    `{ kind: pgbouncer, name: ${name}, admin: ${admin}, database: app, config: /a/pgbouncer.ini }`;

  test.each([
    ['one name for two', [env(''), env('').replace('.env', '.env2')], 'switches[1].name'],
    ['one key of one file twice', [env(''), env('').replace('name: a', 'name: b')], 'switches[1]'],
    ['a path that depends on the worker’s folder', [env('').replace('/a/.env', '.env')], 'switches[0].path'],
    ['a key that is no variable', [env('').replace('DB_HOST', 'DB-HOST')], 'switches[0].key'],
    ['a place nothing fills', [env(', value: "{hostname}"')], 'switches[0].value'],
    ['a value a file would read otherwise', [env(', value: "$HOME"')], 'switches[0].value'],
    ['a pattern that leaves the root', [source("'../**'")], 'switches[0].include[0]'],
    ['an absolute pattern', [source('/etc/**')], 'switches[0].include[0]'],
    ['one pool of one pooler twice', [pooler('a'), pooler('b')], 'switches[1]'],
    ['a pooler’s file at a path that depends on the folder', [pooler('a').replace('/a/', 'a/')], 'switches[0].config'],
    ['a pooler’s password in plain', [pooler('a').replace('env:', '')], 'switches[0].admin.password'],
  ])('have no %s', (_, switches, path) => {
    expect(faultsIn(`${SMALLEST}switches: [${switches.join(', ')}]\n`)).toMatchObject([{ path }]);
  });

  test('may be a PgBouncer, whose console is asked at its usual place over TLS', () => {
    expect(planOf(`${SMALLEST}switches: [${pooler('a')}]\n`).switches).toMatchObject([
      { kind: 'pgbouncer', admin: { port: 6432, database: 'pgbouncer', tls: 'verify' } },
    ]);
  });

  test('may change two keys of one file', () => {
    const two = [env(''), env('').replace('name: a', 'name: b').replace('DB_HOST', 'DB_PORT')];
    expect(faultsIn(`${SMALLEST}switches: [${two.join(', ')}]\n`)).toEqual([]);
  });
});

describe('the checks of health', () => {
  test.each([
    ['each its own name', '{ name: a, url: "http://a" }, { name: a, url: "http://b" }', 'verification.health[1].name'],
    ['addresses of the web', '{ name: a, url: "ftp://a" }', 'verification.health[0].url'],
    [
      'only places that are filled',
      '{ name: a, url: "http://a", expect: { x: "{host}" } }',
      'verification.health[0].expect.x',
    ],
  ])('have %s', (_, checks, path) => {
    expect(faultsIn(`${SMALLEST}verification: { health: [${checks}] }\n`)).toMatchObject([{ path }]);
  });
});

describe('the clean-up', () => {
  test('never deletes the source without a backup that outlives it', () => {
    const text = `${SMALLEST}cleanup: { source: delete, finalSnapshot: false, keepAutomatedBackups: false }\n`;
    expect(faultsIn(text)).toMatchObject([{ path: 'cleanup.finalSnapshot' }]);
    expect(faultsIn(text.replace('finalSnapshot: false', 'finalSnapshot: true'))).toEqual([]);
    expect(faultsIn(text.replace('source: delete', 'source: keep'))).toEqual([]);
  });
});

describe('a rule between keys', () => {
  test('speaks although other keys of the same mapping are at fault', () => {
    const paths = inTarget('minAcu: 20\n  kmsKey: 5\n  colour: red').map((fault) => (fault as { path: string }).path);
    expect(paths.toSorted()).toEqual(['target.colour', 'target.kmsKey', 'target.maxAcu']);
  });

  test('keeps silent where one of its own keys is at fault', () => {
    expect(inTarget('minAcu: twenty\n  maxAcu: 1')).toMatchObject([{ path: 'target.minAcu' }]);
  });
});
