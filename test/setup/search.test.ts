import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { programNamed } from '../../local/setup/programs.mjs';
import { search } from '../../local/setup/search.mjs';
import { poorMachine, postgresScript, TEMPORAL_SCRIPT } from './poor-machine.ts';

const pgDump = programNamed('pg_dump');
const dump = (version: string): string => postgresScript('pg_dump', version);

describe('the search for a PostgreSQL program', () => {
  test('takes PG_BIN before the PATH', () => {
    const machine = poorMachine();
    machine.put('pg_dump', dump('18.1'));
    machine.env['PG_BIN'] = join(machine.root, 'chosen');
    const chosen = machine.put('chosen/pg_dump', dump('15.2'));
    expect(search(machine, pgDump).found).toEqual({ path: chosen, version: '15.2', origin: 'PG_BIN' });
  });

  test('finds nothing rather than another program when PG_BIN names a folder without it', () => {
    const machine = poorMachine();
    machine.put('pg_dump', dump('18.1'));
    machine.env['PG_BIN'] = join(machine.root, 'empty');
    const { found, rejected } = search(machine, pgDump);
    expect(found).toBeUndefined();
    expect(rejected).toEqual([{ path: join(machine.root, 'empty/pg_dump'), why: 'does not exist' }]);
  });

  test('goes from the PATH to pg_config to the newest Debian version to Homebrew to the cache', () => {
    const machine = poorMachine();
    const inOrder = [
      machine.put('pg_dump', dump('15.1')),
      machine.put('configured/pg_dump', dump('15.2')),
      machine.put('debian/17/bin/pg_dump', dump('17.1')),
      machine.put('debian/9/bin/pg_dump', dump('15.3')),
      machine.put('homebrew/opt/libpq/bin/pg_dump', dump('18.1')),
      machine.put('homebrew/opt/postgresql@16/bin/pg_dump', dump('16.1')),
      machine.put('.cache/postgres/usr/lib/postgresql/15/bin/pg_dump', dump('15.9')),
    ];
    machine.put('pg_config', `echo ${machine.root}/configured`);
    for (const expected of inOrder) {
      expect(search(machine, pgDump).found?.path).toBe(expected);
      chmodSync(expected, 0o644);
    }
    expect(search(machine, pgDump).found).toBeUndefined();
  });

  test('passes over one that is too old or does not run, and says why', () => {
    const machine = poorMachine();
    const old = machine.put('pg_dump', dump('14.12'));
    const broken = machine.put('debian/17/bin/pg_dump', 'echo "libpq.so.5: cannot open"; exit 127');
    const good = machine.put('debian/15/bin/pg_dump', dump('15.8'));
    const { found, rejected } = search(machine, pgDump);
    expect(found?.path).toBe(good);
    expect(rejected).toEqual([
      { path: old, why: 'is version 14.12; needed is 15.0 or newer' },
      { path: broken, why: 'does not run: libpq.so.5: cannot open' },
    ]);
  });
});

describe('the search for Temporal', () => {
  test('takes TEMPORAL_CLI before the PATH, and the PATH before the cache', () => {
    const machine = poorMachine();
    const cached = machine.put('.cache/temporal/wheel/temporal/bin/temporal', TEMPORAL_SCRIPT);
    expect(search(machine, programNamed('temporal')).found?.path).toBe(cached);
    const onPath = machine.put('temporal', TEMPORAL_SCRIPT);
    expect(search(machine, programNamed('temporal')).found?.path).toBe(onPath);
    machine.env['TEMPORAL_CLI'] = machine.put('chosen/temporal', TEMPORAL_SCRIPT);
    expect(search(machine, programNamed('temporal')).found?.origin).toBe('TEMPORAL_CLI');
  });

  test('passes over a CLI on the PATH whose server is too old', () => {
    const machine = poorMachine();
    machine.put('temporal', 'echo "temporal version 1.4.9 (Server 1.28.0)"');
    const cached = machine.put('.cache/temporal/sdk/temporal', TEMPORAL_SCRIPT);
    expect(search(machine, programNamed('temporal')).found?.path).toBe(cached);
  });

  test('takes the test server unasked for its version, which it cannot tell', () => {
    const machine = poorMachine();
    const server = machine.put('temporal-test-server', 'exit 1');
    expect(search(machine, programNamed('temporal-test-server')).found).toMatchObject({ path: server, version: '' });
  });
});
