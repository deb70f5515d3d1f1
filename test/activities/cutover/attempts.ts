import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { escapeLiteral } from 'pg';
import type { HandOver } from '../../../activities/contract.ts';
import { claimGiver } from '../../../activities/cutover/attempt.ts';
import { endHandOver, type End } from '../../../activities/cutover/end-hand-over.ts';
import { PROGRAM } from '../../program.ts';
import type { AttemptInput } from './attempt-process.ts';
import type { Stage } from './stage.ts';

/** An attempt in a process of its own. */
export interface Attempted {
  /** Waits until it is about to take the step at which it freezes. */
  arrive(): Promise<void>;
  thaw(): void;
  end(): Promise<{ readonly signal?: string | undefined; readonly stdout: string }>;
}

/** What an attempt needs of the world it is made in. */
export interface AttemptStage extends Pick<Stage, 'envFile' | 'handOver'> {
  readonly pair: Pick<Stage['pair'], 'clients' | 'source' | 'roles'>;
}

/** Starts hand-over `a` under token 10, or what `change` says. */
export async function startAttempt(stage: AttemptStage, change: Partial<AttemptInput>): Promise<Attempted> {
  const { clients, source, roles } = stage.pair;
  const references = [source.password, ...roles.map(({ password }) => password)];
  const secrets = Object.fromEntries(
    await Promise.all(references.map(async (reference) => [reference, await clients.readSecret(reference)] as const)),
  );
  const input: AttemptInput = {
    handOver: change.handOver ?? stage.handOver('a'),
    token: 10,
    at: null,
    signal: 'SIGKILL',
    caFile: clients.caFile,
    secrets,
    ...change,
  };
  const file = `${stage.envFile}.attempt.json`;
  await writeFile(file, JSON.stringify(input), { mode: 0o600 });
  const program = 'test/activities/cutover/attempt-process.ts';
  const attempt = execa(process.execPath, [PROGRAM, program, file], { reject: false });
  const first = once(attempt.stdout, 'data');
  return {
    arrive: async () => {
      const said = String(await first);
      if (said !== 'there\n') throw new Error(`the attempt did not arrive: ${said}`);
    },
    thaw: () => void attempt.kill('SIGCONT'),
    end: async () => await attempt,
  };
}

/** A hand-over and the token it is made under. */
export type Under = Pick<AttemptInput, 'handOver' | 'token'>;

let made = 0;

/** A hand-over nobody made before, under a token above all before: one attempt may follow another on one stage. */
export function nextAttempt(stage: Pick<Stage, 'handOver'>, change: Partial<HandOver> = {}): Under {
  const token = (made += 10);
  return { handOver: stage.handOver(`hand-over ${token}`, change), token };
}

/** What Temporal does next: a successor under a higher token settles what custody says. */
export async function settle(stage: Stage, { handOver, token }: Under): Promise<End> {
  await using held = await claimGiver(stage.order(handOver, token + 1));
  return await endHandOver(held);
}

export async function writableSides(stage: Stage): Promise<string[]> {
  const states = await Promise.all(
    (['source', 'target'] as const).map(async (side) => {
      const [row] = await stage.ask<{ state: string }>(side, 'SELECT state FROM daybreak.custody');
      return row?.state === 'open' || row?.state === 'taken' ? [side] : [];
    }),
  );
  return states.flat();
}

/** Acknowledged writes that are not on the side. */
export async function lost(
  stage: Stage,
  side: 'source' | 'target',
  acknowledged: readonly string[],
): Promise<string[]> {
  const wanted = escapeLiteral(JSON.stringify(acknowledged));
  const rows = await stage.ask<{ id: string }>(
    side,
    `SELECT id FROM jsonb_array_elements_text(${wanted}) id WHERE id NOT IN (SELECT l.id FROM ledger l)`,
  );
  return rows.map(({ id }) => id);
}
