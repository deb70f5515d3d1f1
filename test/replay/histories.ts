import { fileURLToPath } from 'node:url';

/** Recorded histories, as `<strategy>-<ending>.json`. */
export const historiesFolder = fileURLToPath(new URL('histories/', import.meta.url));
export const historyFile = (strategy: string, ending: string): string => `${historiesFolder}${strategy}-${ending}.json`;
