import { fileURLToPath } from 'node:url';

/** Starts a program of ours in a process of its own, as one file: `node PROGRAM local/app/writer.ts …`. */
export const PROGRAM = fileURLToPath(new URL('../client/launch/program.mjs', import.meta.url));
