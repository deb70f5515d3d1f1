import picocolors from 'picocolors';
import type { Environment } from './environment.ts';
import type { Look } from './render/look.ts';

/** Where output goes: results to stdout, everything else to stderr. */
export interface Terminal {
  /** Prints a result. */
  result(lines: string | readonly string[]): void;
  /** Prints progress, warnings and screens that lead to a prompt. */
  say(lines: string | readonly string[]): void;
  /** A person sits here and can be asked. */
  readonly interactive: boolean;
  /** A frame on stdout can be redrawn in place. */
  readonly live: boolean;
  /** How text for stdout and stderr looks now. */
  look(stream: 'result' | 'say'): Look;
  /** Rows of the window; 24 where there is none. */
  rows(): number;
}

/** Whoever read the output has gone (`| head`, a closed window): there is nobody left to tell. */
function forgiveGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
}

/** Lines longer than this tire the eye, however wide the window is. */
const WIDEST = 100;

export function openTerminal(environment: Environment): Terminal {
  const { stdin, stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.on('error', forgiveGone);
  const text = (lines: string | readonly string[]): string =>
    `${typeof lines === 'string' ? lines : lines.join('\n')}\n`;
  const look = (stream: 'result' | 'say'): Look => {
    const to = stream === 'result' ? stdout : stderr;
    // Off a terminal `isTTY` is undefined, which picocolors takes for "decide yourself", and then colours where CI is set.
    const colored = to.isTTY ? !environment.noColor && !environment.dumb : false;
    const width = Math.min(to.isTTY ? to.columns : 80, WIDEST);
    return { paint: picocolors.createColors(colored), width, zone: environment.zone, nowMs: Date.now() };
  };
  return {
    result: (lines) => void stdout.write(text(lines)),
    say: (lines) => void stderr.write(text(lines)),
    interactive: stdin.isTTY && stderr.isTTY,
    live: stdout.isTTY && !environment.dumb,
    look,
    rows: () => (stdout.isTTY ? stdout.rows : 24),
  };
}
