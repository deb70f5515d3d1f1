import { InvalidArgumentError } from 'commander';

/** Reads a whole number from 1 to `most`. */
export const countUpTo =
  (most: number) =>
  (text: string): number => {
    const count = Number(text);
    if (/^[1-9]\d*$/.test(text) && count <= most) return count;
    throw new InvalidArgumentError(`found ${text}; wanted a number from 1 to ${most}`);
  };
