import picocolors from 'picocolors';

/** Tells a newcomer what happens and why it matters, on stderr: stdout is for results. */
export type Narrator = {
  /** Begins a chapter: what, and why it matters. */
  chapter(title: string, why: string): void;
  /** One thing that has happened, with how long it took if that was noticeable. */
  done(text: string): void;
  /** Anything else. */
  say(text: string): void;
};

export function narrate(write: (text: string) => void, colored: boolean): Narrator {
  const paint = picocolors.createColors(colored);
  const startedMs = performance.now();
  const seconds = (): string => `${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(5)} s`;
  let chapters = 0;
  return {
    chapter: (title, why) => {
      chapters += 1;
      write(`\n${paint.bold(`${chapters}. ${title}`)}\n${why}\n`);
    },
    done: (text) => write(`${paint.dim(seconds())}  ${paint.green('✓')} ${text}\n`),
    say: (text) => write(`${text}\n`),
  };
}
