import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a worker does to itself when an attempt is about to take the step. */
export interface TrapOrder {
  readonly step: string;
  readonly deed:
    /** `deaf`: from then on the attempt hears of no abort, whoever calls it off. */
    | { readonly kind: 'signal'; readonly signal: 'SIGKILL' | 'SIGSTOP'; readonly deaf?: true }
    /** The nth call to a database from here on fails before it is made, or its answer is lost. */
    | { readonly kind: 'call'; readonly nth: number; readonly how: 'fails' | 'loses its answer' };
}

/** Who was caught. */
export interface Caught {
  readonly pid: number;
}

const files = (folder: string) => ({
  armed: join(folder, 'armed.json'),
  caught: join(folder, 'caught.json'),
  struck: join(folder, 'struck.json'),
  over: join(folder, 'over.json'),
});

/** Whoever comes first to the step takes the order, by a rename: one attempt of all workers, once. */
export function takeOrder(folder: string, step: string): TrapOrder | null {
  const { armed, caught } = files(folder);
  const order = read(armed) as TrapOrder | null;
  if (order === null || order.step !== step) return null;
  const taken = `${armed}.${process.pid}`;
  try {
    renameSync(armed, taken);
  } catch (error) {
    // Another worker was quicker.
    if (isAbsent(error)) return null;
    throw error;
  }
  writeFileSync(taken, JSON.stringify({ pid: process.pid } satisfies Caught));
  renameSync(taken, caught);
  return order;
}

/** Left by a worker: its call was struck, or the caught attempt has returned. */
export const leave = (folder: string, what: 'struck' | 'over'): void => {
  const file = files(folder)[what];
  writeFileSync(`${file}.new`, JSON.stringify({ pid: process.pid } satisfies Caught));
  renameSync(`${file}.new`, file);
};

export const arm = (folder: string, order: TrapOrder): void => {
  const { armed } = files(folder);
  writeFileSync(`${armed}.new`, JSON.stringify(order));
  renameSync(`${armed}.new`, armed);
};

export const found = (folder: string, what: 'armed' | 'caught' | 'struck' | 'over'): Caught | null =>
  read(files(folder)[what]) as Caught | null;

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

const isAbsent = (error: unknown): boolean => error instanceof Error && Reflect.get(error, 'code') === 'ENOENT';
