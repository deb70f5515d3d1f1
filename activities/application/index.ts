import type { Activities } from '../contract.ts';
import { checkHealth } from './health.ts';
import { openSwitch, type Switch } from './switch.ts';

type ApplicationActivities = Pick<Activities, 'stageSwitch' | 'unstageSwitch' | 'revertSwitch' | 'checkHealth'>;

const open = ({ migration, source, target, switch: plan }: Parameters<Activities['stageSwitch']>[0]): Switch =>
  openSwitch(plan, { migration, from: source, to: target });

/** The application's side of a migration: where it looks for its database, and whether it is well. */
export const applicationActivities = (): ApplicationActivities => ({
  stageSwitch: (input) => open(input).stage(),
  unstageSwitch: (input) => open(input).unstage(),
  revertSwitch: (input) => open(input).revert(),
  checkHealth: ({ plan, target, staged }) => checkHealth(plan.verification.health, target, staged),
});
