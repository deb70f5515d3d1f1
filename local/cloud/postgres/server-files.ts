import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { closedFolder, serverUser, type ServerUser } from './server-user.ts';

/**
 * Makes `folder` if need be and gives it to the server's user, who has to write there.
 * @throws Error naming the folder on the way that user may not enter.
 */
export async function makeReachable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const user = serverUser();
  if (!user) return;
  await chown(folder, user.uid, user.gid);
  refuseClosed(folder, user);
}

/** Lets the server's user pass through `folder`, such as one of mkdtemp, which only its owner may enter. */
export async function letThrough(folder: string): Promise<void> {
  const user = serverUser();
  if (!user) return;
  const { mode } = await stat(folder);
  await chmod(folder, (mode & 0o777) | 0o011);
  refuseClosed(folder, user);
}

function refuseClosed(folder: string, user: ServerUser): void {
  const closed = closedFolder(folder, user);
  if (!closed) return;
  throw new Error(
    `PostgreSQL runs as "${user.name}" here, who may not enter ${closed}, so it cannot live in ${folder}. Choose a folder below /tmp, or run as an ordinary user.`,
  );
}

/** Writes a file that only the server's user may read, as PostgreSQL demands of keys and passwords. */
export async function writeOwned(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
  const user = serverUser();
  if (user) await chown(file, user.uid, user.gid);
}
