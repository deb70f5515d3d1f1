import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The account a PostgreSQL server runs under. */
export type ServerUser = { readonly name: string; readonly uid: number; readonly gid: number };

/**
 * PostgreSQL refuses to run as root, and refuses a uid that has no passwd entry. So as root we borrow `postgres` where
 * it exists, else `nobody`; under any other account the servers simply run as us (`undefined`).
 */
export function serverUser(passwdFile = '/etc/passwd'): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entries = readFileSync(passwdFile, 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = entries.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and ${passwdFile} has neither "postgres" nor "nobody" to run it as. Run as an ordinary user, or add one of them.`,
  );
}

/** The first folder on the way to `path` that `user` may not enter; `undefined` when the way is free. */
export function closedFolder(path: string, user: ServerUser | undefined): string | undefined {
  if (!user) return undefined;
  const way: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    way.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  return way.find((folder) => {
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (!stat?.isDirectory()) return false;
    const needed = stat.uid === user.uid ? 0o100 : stat.gid === user.gid ? 0o010 : 0o001;
    return (stat.mode & needed) === 0;
  });
}
