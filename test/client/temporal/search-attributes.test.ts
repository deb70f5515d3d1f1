import { expect, it } from 'vitest';
import * as client from '../../../client/temporal/search-attributes.ts';
import * as workflow from '../../../workflows/ui.ts';

it('client and workflow mean the same search attributes: one that only the workflow used would loop its task', () => {
  const used = Object.values(workflow.SEARCH_ATTRIBUTES).map(({ name }) => name);
  expect([...client.SEARCH_ATTRIBUTES].toSorted()).toEqual(used.toSorted());
});
