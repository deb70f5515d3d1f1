import { chown, mkdir, writeFile } from 'node:fs/promises';
import { closedFolder, serverUser } from './server-user.ts';

/** Makes `folder` if need be, owned by the server's user. @throws Error naming the folder that user may not enter. */
export async function makeReachable(folder: string): Promise<void> {
  const user = serverUser();
  const made = await mkdir(folder, { recursive: true, mode: 0o755 });
  if (!user) return;
  if (made !== undefined) await chown(folder, user.uid, user.gid);
  const closed = closedFolder(folder, user);
  if (!closed) return;
  // mkdtemp makes folders only their owner may enter; ours to open when it is the last one, a private home is not.
  if (closed !== folder) {
    throw new Error(
      `PostgreSQL runs as "${user.name}" here, who may not enter ${closed}, so it cannot live in ${folder}. Choose a folder below /tmp, or run as an ordinary user.`,
    );
  }
  await chown(folder, user.uid, user.gid);
}

/** Writes a file that only the server's user may read, as PostgreSQL demands of keys and passwords. */
export async function writeOwned(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
  const user = serverUser();
  if (user) await chown(file, user.uid, user.gid);
}
