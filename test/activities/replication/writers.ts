import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Session } from '../../../activities/clients.ts';
import { until } from '../../until.ts';
import type { SideName } from '../../postgres-pair.ts';
import type { Stage } from './stage.ts';

/** Writers that turn to the other side when theirs refuses, and the notes of all rows that were acknowledged to them. */
export interface Writers {
  /** Waits until more writes than now are acknowledged. */
  progress(): Promise<void>;
  stop(): Promise<readonly string[]>;
}

const COUNT = 3;
const BREATH_MS = 2;
export function startWriters(stage: Stage): Writers {
  const acknowledged: string[] = [];
  const stopped = new AbortController();
  const running = Array.from({ length: COUNT }, (_, i) => write(stage, i, acknowledged, stopped.signal));
  return {
    progress: async () => {
      const before = acknowledged.length;
      await until('further acknowledged writes', () => acknowledged.length > before + COUNT);
    },
    stop: async () => {
      stopped.abort();
      await Promise.all(running);
      return acknowledged;
    },
  };
}

async function write(stage: Stage, writer: number, acknowledged: string[], stopped: AbortSignal): Promise<void> {
  const sessions: Record<SideName, Session> = {
    source: await stage.open('source'),
    target: await stage.open('target'),
  };
  let side: SideName = 'source';
  for (let n = 1; !stopped.aborted; n += 1) {
    const id = 1000 + n * COUNT + writer;
    try {
      await sessions[side].query(
        `INSERT INTO visits (id, note) OVERRIDING SYSTEM VALUE VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`,
        [id, `row ${id}`],
      );
      await sessions[side].query('UPDATE visits SET note = note WHERE id = $1', [id]);
      acknowledged.push(`row ${id}`);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      // The same row again on the other side, as an application would.
      side = side === 'source' ? 'target' : 'source';
      n -= 1;
    }
    await wait(BREATH_MS);
  }
  await Promise.all(Object.values(sessions).map((session) => session.close()));
}
