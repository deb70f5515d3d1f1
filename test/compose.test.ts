import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { execa, execaSync } from 'execa';
import ms from 'ms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { type DevServer, startDevServer } from '../local/temporal/dev-server.ts';
import { planSchema } from '../model/plan.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/ui.ts';
import { toolPath } from './tools.ts';

const ROOT = new URL('../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const text = read('docker-compose.yml');
const document: unknown = parse(text, { merge: true });
const service = z.object({
  image: z.string(),
  profiles: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  deploy: z.object({ replicas: z.int() }).optional(),
  stop_grace_period: z.string().optional(),
  volumes: z.array(z.string()).optional(),
  networks: z.array(z.string()),
  restart: z.string().optional(),
});
const { services } = z.object({ services: z.record(z.string(), service) }).parse(document);
const named = (name: string): z.output<typeof service> => service.parse(services[name]);
const hasPlugin = execaSync('docker', ['compose', 'version'], { reject: false }).exitCode === 0;
if (!hasPlugin)
  console.warn(
    'SKIPPED: `docker compose config` was not run, this machine has no compose plugin; the schema was checked',
  );

/** The schema of https://github.com/compose-spec/compose-spec, as compose-go 2.16.2 carries it; formats are not checked. */
const conforms = new Ajv2020({ strict: false, validateFormats: false }).compile(
  z.record(z.string(), z.unknown()).parse(JSON.parse(read('test/compose/compose-spec.schema.json'))),
);

describe('docker-compose.yml', () => {
  test('is valid by the Compose Specification, which refuses a misspelt key', () => {
    expect(conforms(document) ? [] : conforms.errors).toEqual([]);
    expect(conforms(parse(text.replace('stop_grace_period:', 'stop_grace_periode:'), { merge: true }))).toBe(false);
  });

  test.skipIf(!hasPlugin)('is accepted by docker compose config', async () => {
    const command = ['compose', '-f', join(ROOT, 'docker-compose.yml'), '--profile', 'demo', 'config', '--quiet'];
    const { exitCode } = await execa('docker', command, { env: { TEMPORAL_DB_PASSWORD: 'checked' }, reject: false });
    expect(exitCode).toBe(0);
  });

  test('has Temporal, its database and its UI as services of their own, made ready in order by one-shots', () => {
    expect(Object.keys(services)).toEqual([
      'temporal-db',
      'temporal-schema',
      'temporal',
      'temporal-namespace',
      'temporal-ui',
      'worker-main',
      'worker-copy',
      'worker-cutover',
      'demo',
    ]);
    expect([named('temporal-schema').restart, named('temporal-namespace').restart]).toEqual([
      'on-failure:5',
      'on-failure:5',
    ]);
  });

  test('lets nobody in from outside this machine: whoever reaches the UI can approve', () => {
    const ports = Object.values(services).flatMap((each) => each.ports ?? []);
    expect(ports).toEqual(['127.0.0.1:7233:7233', '127.0.0.1:8080:8080']);
    expect(named('temporal-db').networks).toEqual(['temporal-db']);
  });

  test('turns the UI’s destructive buttons off and leaves those an approval needs', () => {
    const { environment = {} } = named('temporal-ui');
    const off = Object.keys(environment).filter((name) => name.endsWith('_DISABLED') && environment[name] === 'true');
    expect(off).toEqual([
      'TEMPORAL_WORKFLOW_TERMINATE_DISABLED',
      'TEMPORAL_WORKFLOW_RESET_DISABLED',
      'TEMPORAL_BATCH_ACTIONS_DISABLED',
      'TEMPORAL_ACTIVITY_COMMANDS_DISABLED',
    ]);
  });

  test('runs two cutover workers, which get longer to stop than a cutover may take', () => {
    const cutover = named('worker-cutover');
    expect(cutover).toMatchObject({ command: ['--only', 'cutover'], deploy: { replicas: 2 } });
    const grace = milliseconds(cutover.environment?.['DAYBREAK_SHUTDOWN_GRACE']);
    const maxWritePause = planSchema.shape.cutover.parse({ approvers: ['somebody'] }).maxWritePause;
    expect(grace).toBeGreaterThan(maxWritePause);
    expect(milliseconds(cutover.stop_grace_period)).toBeGreaterThan(grace);
  });

  test('gives all workers one scratch volume, for a copy of one is removed by another', () => {
    const workers = ['worker-main', 'worker-copy', 'worker-cutover'].map(named);
    for (const { volumes, environment } of workers) {
      expect(volumes).toEqual(['daybreak:/var/lib/daybreak']);
      expect(environment?.['DAYBREAK_SCRATCH']).toMatch(/^\/var\/lib\/daybreak\//);
    }
  });

  test('pins every image, and has no password of its own', () => {
    for (const { image } of Object.values(services))
      expect(image).toMatch(/^(daybreak-|postgres:17$|.+:\d+\.\d+\.\d+$)/);
    expect(text).not.toMatch(/PASSWORD: (?!\$\{TEMPORAL_DB_PASSWORD:\?)/);
  });

  test('keeps the local cloud to the profile demo, in a namespace no other worker polls', () => {
    const inProfiles = Object.entries(services).filter(([, { profiles }]) => profiles !== undefined);
    expect(inProfiles.map(([name, { profiles }]) => [name, profiles])).toEqual([['demo', ['demo']]]);
    expect(named('demo').command).toEqual(expect.arrayContaining(['--namespace', 'daybreak-demo']));
    expect(named('worker-main').environment).toMatchObject({ TEMPORAL_NAMESPACE: 'daybreak' });
  });
});

describe('the image of the workers', () => {
  const stages = read('Dockerfile')
    .split(/^(?=FROM )/m)
    .slice(1);
  const stage = (name: string): string => stages.find((each) => each.split('\n')[0]?.endsWith(` AS ${name}`)) ?? '';

  test('is built on glibc and does not run as root', () => {
    expect(stage('base')).toMatch(/^FROM node:\d+-bookworm-slim /);
    for (const name of ['worker', 'demo']) expect(stage(name)).toMatch(/\nUSER node\n(?![^]*\nUSER )/);
  });

  test('holds all a worker loads: from these files alone one starts and tells that it does not reach Temporal', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'worker-image-'));
    const copied = [...stage('worker').matchAll(/^COPY (\S+) /gm)].flatMap((match) => match.slice(1));
    for (const path of ['package.json', 'tsconfig.json', ...copied])
      await cp(join(ROOT, path), join(folder, path), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const { exitCode, stderr } = await execa('node', ['--import', 'tsx', 'worker/main.ts', '--only', 'cutover'], {
      cwd: folder,
      env: { TEMPORAL_ADDRESS: '127.0.0.1:1', PG_BIN: dirname(toolPath('pg_dump')) },
      reject: false,
    });
    await rm(folder, { recursive: true });
    expect({ exitCode, stderr }).toEqual({ exitCode: 8, stderr: expect.stringContaining('does not answer') });
  });
});

describe('compose/temporal-namespace.sh', () => {
  let folder: string;
  let server: DevServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compose-'));
    server = await startDevServer(folder);
  });
  afterAll(async () => {
    await server.kill();
    await rm(folder, { recursive: true });
  });

  const make = () =>
    execa('sh', [join(ROOT, 'compose/temporal-namespace.sh')], {
      env: {
        PATH: `${dirname(toolPath('temporal'))}:${process.env['PATH']}`,
        TEMPORAL_ADDRESS: server.address,
        NAMESPACES: 'daybreak daybreak-demo',
      },
      all: true,
    });

  test('makes namespaces and search attributes, and a second time changes nothing', async () => {
    const [first, second] = [await make(), await make()];
    expect(first.all).toMatch(/registered/);
    expect(second.all).not.toMatch(/registered|added/);
    const list = `operator search-attribute list -n daybreak-demo --address ${server.address}`;
    const listed = await execa(toolPath('temporal'), list.split(' '));
    for (const { name } of Object.values(SEARCH_ATTRIBUTES)) expect(listed.stdout).toContain(name);
  });
});

/** Compose and the plan write durations alike. */
const milliseconds = (duration = ''): number => ms(duration as ms.StringValue);
