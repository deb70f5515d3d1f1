import { execa } from 'execa';
import type { Major } from '../../../local/cloud/postgres/binaries.ts';

/** pg_dump reads servers up to its own major version only. */
export const CLIENT = Number(/\d+/.exec((await execa('pg_dump', ['--version'])).stdout)?.[0]);
export const cannotRead = (major: Major): boolean => CLIENT < Number(major);
