import { expect } from 'vitest';
import { lost, nextAttempt, settle, startAttempt, writableSides } from './attempts.ts';
import type { Stage } from './stage.ts';
import { startWriters } from './writers.ts';

export interface Stopped {
  /** The step the attempt stops before. */
  readonly at: string;
  /** The side that has the writes in the end. */
  readonly owner: 'source' | 'target';
  /** Under the writers, before the attempt. */
  readonly prepare?: () => Promise<void>;
  /** Whether the writers go on before a successor has come. */
  readonly goOnAlone?: boolean;
}

/** How the world stands after it: the sides that take writes, and what was acknowledged and is on none of them. */
export interface Aftermath {
  readonly writable: readonly string[];
  readonly lost: readonly string[];
}

/** Kills an attempt under writers and lets a successor settle it. */
export async function killAttempt(
  stage: Stage,
  { at, owner, prepare, goOnAlone = false }: Stopped,
): Promise<Aftermath> {
  const writers = startWriters(stage);
  await writers.progress();
  await prepare?.();
  const under = nextAttempt(stage);
  const attempt = await startAttempt(stage, { at, ...under });
  expect((await attempt.end()).signal).toBe('SIGKILL');
  if (goOnAlone) await writers.progress();
  await settle(stage, under);
  await writers.progress();
  const acknowledged = await writers.stop();
  return { writable: await writableSides(stage), lost: await lost(stage, owner, acknowledged) };
}

/** What is wanted after any of them. */
export const settledOn = (owner: Stopped['owner']): Aftermath => ({ writable: [owner], lost: [] });

/** Freezes an attempt under writers, thaws it after its successor and answers what it said last. */
export async function freezeAttempt(
  stage: Stage,
  { at, owner, prepare }: Stopped,
): Promise<Aftermath & { readonly said: string }> {
  const writers = startWriters(stage);
  await writers.progress();
  await prepare?.();
  const under = nextAttempt(stage);
  const attempt = await startAttempt(stage, { at, signal: 'SIGSTOP', ...under });
  await attempt.arrive();
  await settle(stage, under);
  await writers.progress();
  const world = [await stage.world('source'), await stage.world('target')];
  attempt.thaw();
  const { stdout } = await attempt.end();
  await writers.progress();
  const acknowledged = await writers.stop();
  expect([await stage.world('source'), await stage.world('target')]).toEqual(world);
  return { writable: await writableSides(stage), lost: await lost(stage, owner, acknowledged), said: stdout };
}
