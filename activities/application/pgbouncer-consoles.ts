import type { PgbouncerSwitch } from '../../model/plan-values.ts';
import { openConsole, type Console, type ConsoleClients } from './pgbouncer-console.ts';

/** How long a session waits for the next deed: pause, new address and resume follow each other within a cutover. */
const IDLE_LIMIT_MS = 10_000;
const PROBE_LIMIT_MS = 500;

interface Idle {
  readonly console: Console;
  readonly timer: NodeJS.Timeout;
}
const idle = new Map<string, Idle>();

/**
 * Runs a deed on a session of this PgBouncer's console. Sessions are kept for a moment: logging in anew, by TLS and SCRAM, would cost
 * clients tens of milliseconds behind the fence. A session that failed is not used again.
 */
export async function withConsole<Result>(
  admin: PgbouncerSwitch['admin'],
  clients: ConsoleClients,
  deed: (console: Console) => Promise<Result>,
): Promise<Result> {
  const key = JSON.stringify([admin, clients.caFile]);
  const console = (await take(key)) ?? (await openConsole(admin, clients));
  try {
    const result = await deed(console);
    keep(key, console);
    return result;
  } catch (error) {
    await console[Symbol.asyncDispose]();
    throw error;
  }
}

/** One that still answers: a network cut is not seen by who only waits. */
async function take(key: string): Promise<Console | undefined> {
  const found = idle.get(key);
  if (found === undefined) return undefined;
  idle.delete(key);
  clearTimeout(found.timer);
  const { console } = found;
  if (!console.alive) return undefined;
  const answers = await console.ask('SHOW VERSION', PROBE_LIMIT_MS).then(
    () => true,
    () => false,
  );
  return answers ? console : undefined;
}

function keep(key: string, console: Console): void {
  if (idle.has(key) || !console.alive) return void console[Symbol.asyncDispose]();
  const end = (): void => {
    if (idle.get(key)?.console === console) idle.delete(key);
    void console[Symbol.asyncDispose]();
  };
  idle.set(key, { console, timer: setTimeout(end, IDLE_LIMIT_MS) });
}
