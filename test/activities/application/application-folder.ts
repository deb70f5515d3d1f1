import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SwitchContext } from '../../../activities/application/switch.ts';

/** The mission's two endpoints. */
export const context: SwitchContext = {
  migration: 'daybreak/123456789012/eu-west-2/mindmeasure-db/mindmeasure',
  from: { host: 'mindmeasure-db.cz8c8wq4k3ak.eu-west-2.rds.amazonaws.com', port: 5432, database: 'mindmeasure' },
  to: {
    host: 'mindmeasure-aurora.cluster-cz8c8wq4k3ak.eu-west-2.rds.amazonaws.com',
    port: 5432,
    database: 'mindmeasure',
  },
};

export interface ApplicationFolder {
  readonly path: string;
  at(name: string): string;
  write(name: string, text: string | Buffer, mode?: number): Promise<string>;
  read(name: string): Promise<string>;
  /** Every file with mode and content: the world to compare with. */
  world(): Promise<Record<string, string>>;
}

/** A folder of the application's own, removed after the test. */
export async function applicationFolder(): Promise<ApplicationFolder> {
  const path = await mkdtemp(join(tmpdir(), 'application-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const at = (name: string) => join(path, name);
  return {
    path,
    at,
    write: async (name, text, mode = 0o640) => {
      await mkdir(dirname(at(name)), { recursive: true });
      await writeFile(at(name), text);
      await chmod(at(name), mode);
      return at(name);
    },
    read: (name) => readFile(at(name), 'utf8'),
    world: async () => {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      const facts = files.toSorted().map(async (file): Promise<[string, string]> => {
        const { mode, uid, gid } = await stat(file);
        return [file, `${(mode & 0o7777).toString(8)} ${uid}:${gid} ${(await readFile(file)).toString('base64')}`];
      });
      return Object.fromEntries(await Promise.all(facts));
    },
  };
}
