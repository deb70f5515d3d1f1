import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApplication, type Application } from '../../../local/app/application.ts';
import { checkLedger } from '../../../local/app/ledger-check.ts';
import { ledgerFigures } from '../../../local/app/ledger-figures.ts';
import { readLedger } from '../../../local/app/ledger.ts';
import { PROGRAM } from '../../program.ts';
import { until } from '../../until.ts';
import { closeDatabase, openDatabase, startMindMeasure, type MindMeasure } from './mind-measure.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;

const launch = (file: string, args: readonly string[]) =>
  execa(process.execPath, [PROGRAM, `local/app/${file}`, ...args], { cwd: ROOT, reject: false });
type Child = ReturnType<typeof launch>;

describe('the writer and its ledger', () => {
  let mind: MindMeasure;
  let app: Application;
  let ledger: string;
  beforeAll(async () => {
    mind = await startMindMeasure();
    app = await startApplication({
      version: 'live',
      envFile: mind.envFile,
      caFile: mind.caFile,
      port: 0,
      patienceMs: 30_000,
    });
    ledger = join(mind.folder, 'ledger.jsonl');
    writeFileSync(ledger, '');
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children);
    await app.close();
    await mind[Symbol.asyncDispose]();
  });

  const children: Child[] = [];
  const run = (file: string, args: readonly string[]): Child => {
    const child = launch(file, args);
    children.push(child);
    return child;
  };
  const place = (): string[] => ['--ledger', ledger, '--env-file', mind.envFile, '--ca-file', mind.caFile];
  const taken = (by: string): number => readLedger(ledger).filter((entry) => entry.by === by).length;
  const [first, second] = [(): string => `127.0.0.1:${mind.ports[0]}`, (): string => `127.0.0.1:${mind.ports[1]}`];

  test('writes down every acknowledged write through a move to another address, and all can be read back', async () => {
    const writer = run('writer.ts', [
      ...place(),
      '--rate',
      '100',
      '--url',
      app.url,
      '--through',
      '2',
      '--straight',
      '2',
    ]);
    await until('writes at the first address', () => taken(first()) > 20);
    await closeDatabase(mind);
    await mind.pointAt(mind.ports[1]);
    await openDatabase(mind);
    await until('writes at the second address', () => taken(second()) > 20);
    writer.kill('SIGTERM');
    expect(await writer).toMatchObject({ exitCode: 0 });
    const entries = readLedger(ledger);
    expect(new Set(entries.map(({ path }) => path)).size).toBe(4);
    const found = await checkLedger({ ledger, envFile: mind.envFile, caFile: mind.caFile });
    expect(found).toEqual({
      ...ledgerFigures(entries),
      writesAcknowledged: entries.length,
      writesFailed: 0,
      writesLost: 0,
      lostBy: { [first()]: 0, [second()]: 0 },
      owner: second(),
      servers: [first(), second()],
    });
    const { stdout, exitCode } = await run('ledger-main.ts', ['check', ...place()]);
    expect({ exitCode, found: JSON.parse(stdout) }).toEqual({ exitCode: 0, found });
  });

  test('a write that is gone, changed or there twice counts as lost', async () => {
    const [gone, changed, twice] = readLedger(ledger).map(({ id }) => id);
    await mind.sql(`DELETE FROM session_insights WHERE session_id = '${gone}';
      DELETE FROM assessment_sessions WHERE id = '${gone}';
      UPDATE assessment_sessions SET score = 100 - score + 0.5 WHERE id = '${changed}';
      INSERT INTO session_insights (session_id, kind, insight, created_at)
        SELECT session_id, kind, insight, created_at FROM session_insights WHERE session_id = '${twice}'`);
    const options = { ledger, envFile: mind.envFile, caFile: mind.caFile };
    expect(await checkLedger(options)).toMatchObject({ writesLost: 3, lostBy: { [first()]: 3, [second()]: 0 } });
    const { exitCode } = await run('ledger-main.ts', ['check', ...place()]);
    expect(exitCode).toBe(1);
  });

  test('a side that takes no writes is not asked: it does not own the data', async () => {
    await mind.sql('ALTER DATABASE mindmeasure SET default_transaction_read_only = on');
    const options = { ledger, envFile: mind.envFile, caFile: mind.caFile };
    await expect(checkLedger(options)).rejects.toThrow(/takes no writes/);
    await mind.sql('ALTER DATABASE mindmeasure RESET default_transaction_read_only');
  });

  test('a write that is refused to the end is written down as failed, not as acknowledged', async () => {
    const before = readLedger(ledger).length;
    await closeDatabase(mind);
    const writer = run('writer.ts', [...place(), '--rate', '50', '--straight', '1', '--patience-ms', '0']);
    await until('a refusal in the ledger', () => readLedger(ledger).length > before);
    writer.kill('SIGTERM');
    await writer;
    await openDatabase(mind);
    for (const entry of readLedger(ledger).slice(before))
      expect(entry).toMatchObject({ by: null, error: expect.stringContaining('not permitted to log in') });
  });

  test('kill -9 in the middle of a line costs that line only', async () => {
    const writer = run('writer.ts', [...place(), '--rate', '50', '--straight', '1']);
    const before = readLedger(ledger).length;
    await until('a write in the ledger', () => readLedger(ledger).length > before);
    writer.kill('SIGKILL');
    await once(writer, 'exit').catch(() => {}); // killed, as asked
    const whole = readLedger(ledger);
    appendFileSync(ledger, '{"at":17');
    expect(readLedger(ledger)).toEqual(whole);
    appendFileSync(ledger, '\n');
    expect(() => readLedger(ledger)).toThrow(/JSON/);
  });
});

describe('the figures of a ledger', () => {
  const id = '10000000-0000-4000-8000-000000000001';
  const entry = { id, score: 1, tookMs: 4, error: null, by: 'a:1' };

  test('name the longest pause of any one path, not of all paths together, and that of the way back apart', () => {
    const ledger = [
      { ...entry, path: 'one', at: 1_000 },
      { ...entry, path: 'two', at: 1_010 },
      { ...entry, path: 'two', at: 1_700, by: null, error: 'no' },
      { ...entry, path: 'one', at: 1_900, tookMs: 880.4, by: 'b:2' },
      { ...entry, path: 'two', at: 2_010, by: 'b:2' },
      { ...entry, path: 'one', at: 4_000 },
      { ...entry, path: 'two', at: 4_100 },
      { ...entry, path: 'two', at: 4_150 },
    ];
    expect(ledgerFigures(ledger)).toEqual({
      writesAcknowledged: 7,
      writesFailed: 1,
      longestPauseMs: 1_000,
      wayBackPauseMs: 2_100,
      worstLatencyMs: 880,
      servers: ['a:1', 'b:2'],
    });
  });

  test('know no pause where nothing was written twice', () => {
    expect(ledgerFigures([{ ...entry, path: 'one', at: 1 }])).toMatchObject({
      longestPauseMs: null,
      wayBackPauseMs: null,
    });
  });
});
