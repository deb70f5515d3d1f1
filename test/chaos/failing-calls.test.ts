import { expect, test, vi } from 'vitest';
import type { Session } from '../../activities/clients.ts';
import { failingCalls } from './failing-calls.ts';

const login = { host: 'db', port: 1, database: 'app', user: 'app', password: 'env:PASSWORD' } as const;

function open(): { readonly made: string[]; readonly calls: ReturnType<typeof failingCalls> } {
  const made: string[] = [];
  const close = async (): Promise<void> => undefined;
  const session: Session = {
    query: async (sql) => {
      made.push(sql);
      return [];
    },
    transaction: async (deed) => {
      const result = await deed();
      made.push('commit');
      return result;
    },
    closed: new Promise(() => undefined),
    pid: 1,
    close,
    [Symbol.asyncDispose]: close,
  };
  return { made, calls: failingCalls(async () => session) };
}

test('the call meant fails before it is made, and those before and after it are made', async () => {
  const { made, calls } = open();
  const session = await calls.openSession(login, { name: 'test' });
  const struck = vi.fn<() => void>();
  calls.begin({ kind: 'call', nth: 2, how: 'fails' }, struck);
  await session.query('one');
  await expect(session.query('two')).rejects.toThrow('call 2 fails');
  await session.query('three');
  expect(made).toEqual(['one', 'three']);
  expect(struck).toHaveBeenCalledOnce();
});

test('a lost answer is that of a call that was made, a commit included', async () => {
  const { made, calls } = open();
  const session = await calls.openSession(login, { name: 'test' });
  calls.begin({ kind: 'call', nth: 1, how: 'loses its answer' }, () => undefined);
  await expect(session.transaction(async () => undefined)).rejects.toThrow('call 1 loses its answer');
  expect(made).toEqual(['commit']);
});

test('a login is a call, and none is meant once the step is over', async () => {
  const { calls } = open();
  calls.begin({ kind: 'call', nth: 1, how: 'fails' }, () => undefined);
  await expect(calls.openSession(login, { name: 'test' })).rejects.toThrow('call 1 fails');
  calls.begin({ kind: 'call', nth: 1, how: 'fails' }, () => undefined);
  calls.end();
  await calls.openSession(login, { name: 'test' });
});
