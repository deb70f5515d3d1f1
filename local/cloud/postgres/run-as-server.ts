import { execa } from 'execa';
import { serverUser } from './server-user.ts';

/** Runs a program as the server's user, with nothing of our environment but PATH. */
export async function runAsServer(file: string, args: readonly string[], input = ''): Promise<void> {
  const { uid, gid } = serverUser() ?? {};
  await execa(file, args, {
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    input,
    cwd: '/',
    extendEnv: false,
    env: { PATH: process.env['PATH'], HOME: '/', LC_ALL: 'C.UTF-8' },
  });
}
