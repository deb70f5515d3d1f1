import { describe, expect, test } from 'vitest';
import { assertPlan } from '../../model/assert-plan.ts';
import { PlanInvalid } from '../../model/plan-fault.ts';
import { planOf, SMALLEST } from './plan-texts.ts';

const sent = (): Record<string, Record<string, unknown>> => JSON.parse(JSON.stringify(planOf(SMALLEST))) as never;

function faultPaths(value: unknown): string[] {
  try {
    assertPlan(value);
    return [];
  } catch (error) {
    if (error instanceof PlanInvalid) return error.faults.map(({ path }) => path);
    throw error;
  }
}

describe('a plan that arrives in the workflow', () => {
  test('is accepted as it was sent, and frozen', () => {
    const plan = assertPlan(sent());
    expect(plan).toEqual(planOf(SMALLEST));
    expect(Object.isFrozen(plan.cutover.approvers)).toBe(true);
  });

  test('is refused with all its faults where something is missing: no default comes in a second time', () => {
    const plan = sent();
    delete plan['abandonAfter'];
    delete plan['target']?.['publiclyAccessible'];
    expect(faultPaths(plan).toSorted()).toEqual(['abandonAfter', 'target.publiclyAccessible']);
  });

  test('is refused where durations are still text', () => {
    expect(faultPaths({ ...sent(), soak: { duration: '24h' } })).toEqual(['soak.duration']);
  });

  test('is refused where a rule between keys is broken', () => {
    const roles = [{ name: 'mindmeasureadmin', password: 'env:X' }];
    expect(faultPaths({ ...sent(), strategy: 'dump', roles })).toEqual(['roles[0].name']);
  });

  test('is refused where it holds a literal secret', () => {
    const plan = sent();
    plan['target'] = { ...plan['target'], tags: { password: 'hunter22' } };
    expect(faultPaths(plan)).toEqual(['target.tags.password']);
  });

  test.each([[null], ['a plan'], [[]], [undefined]])('is refused where it is %j', (value) => {
    expect(faultPaths(value)).toContain('');
  });

  test('says its faults in one sentence', () => {
    expect(() => assertPlan({ ...sent(), onFailure: 'cry' })).toThrow(
      'the plan is not valid: onFailure: found cry, wanted one of hold, undo: write for example hold',
    );
  });
});
