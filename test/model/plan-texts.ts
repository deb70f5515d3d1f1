import { parsePlan, type PlanFault } from '../../model/parse-plan.ts';
import type { MigrationPlan } from '../../model/plan.ts';

/** The least a plan must say, as YAML; tests change single lines of it. */
export const SMALLEST = `
source:
  account: "123456789012"
  region: eu-west-2
  instance: mindmeasure-db
  database: mindmeasure
  user: mindmeasure_admin
  password: env:SOURCE_PASSWORD
target:
  cluster: mindmeasure-aurora
  instance: mindmeasure-aurora-1
  engineVersion: "15"
  database: mindmeasure
  masterUser: mindmeasureadmin
roles:
  - { name: mindmeasure_app, password: env:APP_PASSWORD }
cutover:
  approvers: [anna]
`;

/** The smallest plan with lines replaced by others, or with further sections. */
export const withLines = (changes: Readonly<Record<string, string>>, more = ''): string =>
  Object.entries(changes).reduce((text, [line, other]) => {
    if (!text.includes(line)) throw new Error(`the smallest plan has no line "${line}"`);
    return text.replace(line, other);
  }, SMALLEST) + more;

export function planOf(text: string): MigrationPlan {
  const parsed = parsePlan(text);
  if ('plan' in parsed) return parsed.plan;
  throw new Error(`faults: ${JSON.stringify(parsed.faults)}`);
}

export function faultsIn(text: string): readonly PlanFault[] {
  const parsed = parsePlan(text);
  return 'faults' in parsed ? parsed.faults : [];
}
