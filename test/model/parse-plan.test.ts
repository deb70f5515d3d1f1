import { describe, expect, test } from 'vitest';
import { faultsIn, planOf, SMALLEST, withLines } from './plan-texts.ts';

describe('a plan without fault', () => {
  test('comes out complete, with every default resolved', () => {
    const plan = planOf(SMALLEST);
    expect(plan).toMatchObject({
      planVersion: 1,
      strategy: 'blue-green',
      onFailure: 'hold',
      abandonAfter: null,
      switches: [],
      copy: { jobs: 2, bytesPerSecond: null },
      replication: { maxRetainedWal: 20 * 1024 ** 3, minFreeStorage: 2 * 1024 ** 3 },
      soak: { duration: 24 * 3_600_000 },
      cleanup: { source: 'keep', finalSnapshot: true, keepAutomatedBackups: true },
      cutover: { maxWritePause: 300_000, separationOfDuties: true, reportExpiry: 4 * 3_600_000, window: null },
    });
    expect(plan.target).toMatchObject({ publiclyAccessible: false, storageEncrypted: true, minAcu: 0.5, maxAcu: 16 });
  });

  test('is frozen through and through', () => {
    const plan = planOf(SMALLEST);
    expect(() => {
      plan.cutover.approvers.push('mallory');
    }).toThrow(TypeError);
    expect(() => {
      (plan.target as { maxAcu: number }).maxAcu = 256;
    }).toThrow(TypeError);
  });

  test('survives the way through JSON unchanged', () => {
    const plan = planOf(SMALLEST);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test.each([
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['250ms', 250],
  ])('reads the duration %s as %i ms', (written, ms) => {
    expect(planOf(`${SMALLEST}soak: { duration: ${written} }\n`).soak.duration).toBe(ms);
  });

  test.each([
    ['512KB', 524_288],
    ['50MB', 52_428_800],
    ['1.5 gb', 1_610_612_736],
    ['2TB', 2_199_023_255_552],
  ])('reads the size %s as %i bytes', (written, bytes) => {
    expect(planOf(`${SMALLEST}copy: { bytesPerSecond: ${written} }\n`).copy.bytesPerSecond).toBe(bytes);
  });

  test('keeps identifiers in lower case, as RDS does', () => {
    expect(planOf(withLines({ 'instance: mindmeasure-db': 'instance: MindMeasure-DB' })).source.instance).toBe(
      'mindmeasure-db',
    );
  });
});

describe('the faults of a plan', () => {
  test('are all reported at once, in the order of the text, each with its line', () => {
    const faults = faultsIn(
      withLines(
        {
          'region: eu-west-2': 'colour: red\n  region: London',
          'engineVersion: "15"': 'engineVersion: 15.10',
          'masterUser: mindmeasureadmin': 'masterUser: mindmeasure_admin\n  minAcu: 8\n  maxAcu: 4',
          'approvers: [anna]': 'approvers: []',
        },
        'onFailur: hold\n',
      ),
    );
    expect(faults.map(({ path, line }) => `${line} ${path}`)).toEqual([
      '4 source.colour',
      '5 source.region',
      '13 target.engineVersion',
      '15 target.masterUser',
      '17 target.maxAcu',
      '21 cutover.approvers',
      '22 onFailur',
    ]);
  });

  test('say what was found, what is wanted and what to do', () => {
    const [fault] = faultsIn(withLines({ 'region: eu-west-2': 'region: London' }));
    expect(fault).toEqual({
      path: 'source.region',
      found: 'London',
      wanted: 'an AWS region such as eu-west-2',
      remedy: 'write for example eu-west-2',
      line: 4,
      column: 3,
    });
  });

  test('name the nearest known key for an unknown one, and never the value under it', () => {
    const [fault] = faultsIn(withLines({ '  password: env:SOURCE': '  pasword: hunter22\n  password: env:SOURCE' }));
    expect(fault).toMatchObject({ path: 'source.pasword', remedy: 'write password instead' });
    expect(JSON.stringify(fault)).not.toContain('hunter22');
    expect(faultsIn(`${SMALLEST}colour: red\n`)[0]).toMatchObject({ path: 'colour', remedy: 'remove it' });
  });

  test('say which key is missing, at the place where it belongs', () => {
    const [fault] = faultsIn(withLines({ '  database: mindmeasure\n  user': '  user' }));
    expect(fault).toMatchObject({
      path: 'source.database',
      found: 'nothing',
      remedy: 'add it, for example database: mindmeasure',
      line: 2,
    });
    expect(faultsIn(withLines({ 'cutover:\n  approvers: [anna]\n': '' }))[0]).toMatchObject({
      path: 'cutover',
      found: 'nothing',
      remedy: 'add cutover',
    });
  });

  test('show a number as it was written, since YAML reads 15.10 as 15.1 and drops leading zeros', () => {
    expect(faultsIn(withLines({ '"15"': '15.10' }))[0]).toMatchObject({
      found: '15.10',
      remedy: 'put it in quotes: "15.10"',
    });
    expect(faultsIn(withLines({ '"123456789012"': '012345678901' }))[0]).toMatchObject({
      found: '012345678901',
      remedy: 'put it in quotes: "012345678901"',
    });
  });

  test('say how a size is written', () => {
    expect(faultsIn(`${SMALLEST}copy: { bytesPerSecond: 5000000 }\n`)[0]).toMatchObject({
      wanted: 'a size such as 500KB, 50MB, 20GB or 1TB',
      remedy: 'write for example 50MB',
    });
  });

  test('name the nearest choice', () => {
    expect(faultsIn(`${SMALLEST}cleanup: { source: kep }\n`)[0]).toMatchObject({
      found: 'kep',
      wanted: 'one of keep, stop, delete',
      remedy: 'write keep instead',
    });
    expect(faultsIn(`${SMALLEST}switches: [{ kind: dotenf, name: a }]\n`)[0]).toMatchObject({
      path: 'switches[0].kind',
      found: 'dotenf',
      wanted: 'one of dotenv, source, pgbouncer',
      remedy: 'write dotenv instead',
    });
  });

  test.each([
    ['a duration without unit', 'soak: { duration: 24 }', 'soak.duration', '24'],
    ['a duration of nothing', 'soak: { duration: 0s }', 'soak.duration', '0s'],
    ['a negative duration', 'soak: { duration: -5m }', 'soak.duration', '-5m'],
    ['a null duration', 'soak: { duration: null }', 'soak.duration', 'nothing (null)'],
    ['a size without unit', 'copy: { bytesPerSecond: 5000000 }', 'copy.bytesPerSecond', '5000000'],
    ['a size in bits', 'copy: { bytesPerSecond: 50Mbit }', 'copy.bytesPerSecond', '50Mbit'],
    ['a size of nothing', 'replication: { maxRetainedWal: 0GB }', 'replication.maxRetainedWal', '0GB'],
    ['a negative size', 'replication: { maxRetainedWal: -1GB }', 'replication.maxRetainedWal', '-1GB'],
    ['a log without bound', 'replication: { maxRetainedWal: null }', 'replication.maxRetainedWal', 'nothing (null)'],
    ['another version of the format', 'planVersion: 2', 'planVersion', '2'],
    ['a list where a mapping belongs', 'soak: [24h]', 'soak', 'a list'],
    ['a mapping where a list belongs', 'switches: { a: 1 }', 'switches', 'a mapping'],
    [
      'an empty text',
      'switches: [{ kind: source, name: "", root: /a, include: [a] }]',
      'switches[0].name',
      'an empty text',
    ],
    ['a fraction where a whole number belongs', 'copy: { jobs: 1.5 }', 'copy.jobs', '1.5'],
    ['too many jobs', 'copy: { jobs: 65 }', 'copy.jobs', '65'],
  ])('name %s', (_, line, path, found) => {
    expect(faultsIn(`${SMALLEST}${line}\n`)).toMatchObject([{ path, found }]);
  });

  test.each([
    ['broken YAML', 'source: [\ntarget: x', 2],
    ['a key twice', 'a: 1\na: 2', 2],
    ['an unknown tag', 'a: !secret x', 1],
  ])('name %s by its line', (_, text, line) => {
    expect(faultsIn(text)[0]).toMatchObject({ path: '', wanted: 'YAML that reads in one way', line });
  });

  test.each([
    ['an empty file', '', 'an empty file'],
    ['a file of comments', '# nothing\n', 'an empty file'],
    ['an alias without anchor', 'source: *nowhere', 'Unresolved alias'],
    ['a list', '- a', 'a list'],
  ])('name %s', (_, text, found) => {
    expect(faultsIn(text)[0]).toMatchObject({ path: '', found: expect.stringContaining(found) });
  });
});

describe('a secret', () => {
  test.each([
    ['as a password', { 'password: env:SOURCE_PASSWORD': 'password: hunter22' }, 'source.password'],
    [
      'as the master password',
      { 'masterUser: m': 'masterPassword: hunter22\n  masterUser: m' },
      'target.masterPassword',
    ],
    ['as the password of a role', { 'env:APP_PASSWORD': 'hunter22' }, 'roles[0].password'],
    ['in a tag', { 'masterUser: m': 'tags: { DbPassword: hunter22 }\n  masterUser: m' }, 'target.tags.DbPassword'],
    ['in an address', { 'masterUser: m': 'kmsKey: "https://me:hunter22@kms"\n  masterUser: m' }, 'target.kmsKey'],
    [
      'in a connection text',
      { 'masterUser: m': 'tags: { note: "host=x password=hunter22" }\n  masterUser: m' },
      'target.tags.note',
    ],
  ])('written out %s is refused and not repeated', (_, change, path) => {
    const faults = faultsIn(withLines(change));
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    expect(JSON.stringify(faults)).not.toContain('hunter22');
  });

  test.each(['env:NAME', 'file:/run/secrets/db', 'arn:aws:secretsmanager:eu-west-2:123456789012:secret:db-AbCdEf'])(
    'is named by the reference %s',
    (reference) => {
      expect(planOf(withLines({ 'env:SOURCE_PASSWORD': reference })).source.password).toBe(reference);
    },
  );
});
