import type { Activities } from '../contract.ts';
import { checkHealth } from './health.ts';
import type { ConsoleClients } from './pgbouncer-console.ts';
import { openSwitch, type Switch } from './switch.ts';

type ApplicationActivities = Pick<Activities, 'stageSwitch' | 'unstageSwitch' | 'revertSwitch' | 'checkHealth'>;

type SwitchInput = Parameters<Activities['stageSwitch']>[0];

/** Where clients were held, they go on once the switch is back. */
async function revertSwitch(it: Switch): Promise<'undone' | 'absent'> {
  const outcome = await it.revert();
  await it.resume?.();
  return outcome;
}

/** The application's side of a migration: where it looks for its database, and whether it is well. */
export function applicationActivities(clients: ConsoleClients): ApplicationActivities {
  const open = ({ migration, source, target, switch: plan }: SwitchInput): Switch =>
    openSwitch(plan, { migration, from: source, to: target }, clients);
  return {
    stageSwitch: (input) => open(input).stage(),
    unstageSwitch: (input) => open(input).unstage(),
    revertSwitch: (input) => revertSwitch(open(input)),
    checkHealth: ({ plan, target, staged }) => checkHealth(plan.verification.health, target, staged),
  };
}
