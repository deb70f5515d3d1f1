import { describe, expect, test } from 'vitest';
import { faultsIn, planOf, withLines } from './plan-texts.ts';

describe.each(['replica', 'snapshot'])('strategy %s', (strategy) => {
  const plan = (changes: Readonly<Record<string, string>> = {}) => withLines(changes, `strategy: ${strategy}\n`);

  test('is taken for one instance and a database of the same name', () => {
    expect(planOf(plan()).strategy).toBe(strategy);
  });

  test.each([
    ['another database', '  database: mindmeasure\n  masterUser', '  database: other\n  masterUser', 'target.database'],
    ['several instances', '  masterUser', '  instances: 2\n  masterUser', 'target.instances'],
  ])('refuses %s, which a copy of the files cannot be', (_, line, other, path) => {
    expect(faultsIn(plan({ [line]: other }))).toMatchObject([{ path }]);
  });
});
