import { writeFileSync } from 'node:fs';
import { planJsonSchema } from '../model/plan-json-schema.ts';

/** `npm run schema`: writes the plan's JSON Schema for editors; a test keeps file and source equal. */
writeFileSync(
  new URL('../model/plan.schema.json', import.meta.url),
  `${JSON.stringify({ title: 'Daybreak plan', ...planJsonSchema() }, null, 2)}\n`,
);
