import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { fault } from '../../../local/cloud/fault.ts';
import { operations } from '../../../local/cloud/protocol/operations.ts';
import { handlersOf } from '../../../local/cloud/rds/cloud.ts';
import type { World } from '../../../local/cloud/rds/world.ts';

const text = await readFile(new URL('../../../local/FIDELITY.md', import.meta.url), 'utf8');

test('FIDELITY.md names exactly the operations that exist', () => {
  const table = text.slice(text.indexOf('| operations'), text.indexOf('- **Lifecycle.**'));
  const named = [...table.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  const world = {} as World; // the handlers are only named here, none is called
  expect(new Set(named)).toEqual(new Set(Object.keys(handlersOf(world))));
  expect(new Set(named).size).toBe(named.length);
  expect(named.filter((name) => !operations.has(name ?? ''))).toEqual([]);
});

test('every fault that FIDELITY.md shows is one', () => {
  const shown = [...text.matchAll(/`(\{"(?:hold|release|fail|link|crash|paceMs|clear)".*?\})`/g)].map(
    ([, json = '']) => json,
  );
  expect(shown.length).toBeGreaterThan(6);
  for (const json of shown)
    expect({ json, error: fault.safeParse(JSON.parse(json)).error }).toEqual({ json, error: undefined });
});
