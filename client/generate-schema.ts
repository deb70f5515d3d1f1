import { readFileSync, writeFileSync } from 'node:fs';
import { planJsonSchema } from '../model/plan-json-schema.ts';
import { MARKERS, planReference } from './plan-reference.ts';

/** `npm run schema`: writes the plan's JSON Schema for editors and the keys of its reference; a test keeps both equal to the source. */
writeFileSync(
  new URL('../model/plan.schema.json', import.meta.url),
  `${JSON.stringify({ title: 'Daybreak plan', ...planJsonSchema() }, null, 2)}\n`,
);

const page = new URL('../docs/plan-reference.md', import.meta.url);
const [before, rest = ''] = readFileSync(page, 'utf8').split(MARKERS.begin);
const [, after = ''] = rest.split(MARKERS.end);
writeFileSync(page, `${before}${MARKERS.begin}\n\n${planReference()}\n\n${MARKERS.end}${after}`);
