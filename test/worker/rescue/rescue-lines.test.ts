import { expect, test } from 'vitest';
import { newCustody, type CustodyState } from '../../../model/custody.ts';
import type { SideCustody } from '../../../model/rescue.ts';
import { releasedLine, releaseLine } from '../../../worker/rescue/rescue-lines.ts';
import { examplePlan } from '../../client/fake/example-plan.ts';

const side = (state: CustodyState): SideCustody => ({ ...newCustody('open'), state, fencedAtMs: null });

test('a release before any hand-over takes everything of both sides, and another start goes on with the target', () => {
  expect(releaseLine(examplePlan(), side('closed'))).toContain('schema daybreak and all replication');
  const done = releasedLine(examplePlan(), { source: side('open'), target: side('closed') });
  expect(done).toContain('with what the run before had made');
});

test('a release after the way back says that the target is kept, and what another start needs', () => {
  expect(releaseLine(examplePlan(), side('given'))).toContain('target mindmeasure-aurora is kept, closed');
  const done = releasedLine(examplePlan(), { source: side('taken'), target: side('given') });
  expect(done).toContain('kept, closed to its clients\ndaybreak start begins again with another target');
  const unread = releasedLine(examplePlan(), { source: side('taken'), target: null });
  expect(unread).toContain('it could not be read, so what may be left of replication there is dropped by hand');
});
