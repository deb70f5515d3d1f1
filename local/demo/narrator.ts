import picocolors from 'picocolors';
import wrapAnsi from 'wrap-ansi';

/** Tells a newcomer what happens and why it matters, on stderr: stdout is for results. */
export type Narrator = {
  /** Begins a chapter: what, and why it matters. */
  chapter(title: string, why: string): void;
  /** One thing that has happened, with how long it took if that was noticeable. */
  done(text: string): void;
  /** Anything else. */
  say(text: string): void;
};

/** Below the words of a line that begins with its time. */
const INDENT = 11;

/** `width`: columns of the terminal; a log has none and is not wrapped. */
export function narrate(write: (text: string) => void, colored: boolean, width = Number.POSITIVE_INFINITY): Narrator {
  const paint = picocolors.createColors(colored);
  const startedMs = performance.now();
  const seconds = (): string => `${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(5)} s`;
  const wrapped = (text: string, indent = 0): string =>
    Number.isFinite(width) ? wrapAnsi(text, width - indent).replaceAll('\n', `\n${' '.repeat(indent)}`) : text;
  let chapters = 0;
  return {
    chapter: (title, why) => {
      chapters += 1;
      write(`\n${paint.bold(`${chapters}. ${title}`)}\n${wrapped(why)}\n`);
    },
    done: (text) => write(`${paint.dim(seconds())}  ${paint.green('✓')} ${wrapped(text, INDENT)}\n`),
    say: (text) => write(`${wrapped(text)}\n`),
  };
}
