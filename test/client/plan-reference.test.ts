import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { MARKERS, planReference } from '../../client/plan-reference.ts';
import { parsePlan } from '../../model/parse-plan.ts';

const page = readFile(new URL('../../docs/plan-reference.md', import.meta.url), 'utf8');

describe('the reference of the plan', () => {
  test('lists the keys as the schema has them: npm run schema writes them', async () => {
    const [, rest = ''] = (await page).split(MARKERS.begin);
    expect(rest.split(MARKERS.end)[0]?.trim()).toBe(planReference());
  });

  test('names every key a plan can have', async () => {
    const parsed = parsePlan(await readFile(new URL('../../examples/smallest.yaml', import.meta.url), 'utf8'));
    const plan: Readonly<Record<string, unknown>> = 'plan' in parsed ? parsed.plan : {};
    const names = Object.entries(plan).flatMap(([key, value]) => [
      key,
      ...(typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.keys(value).map((inner) => `${key}.${inner}`)
        : []),
    ]);
    expect(names.length).toBeGreaterThan(40);
    const text = await page;
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
