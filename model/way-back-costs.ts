import type { Finding } from './finding.ts';

const CHECK = 'way-back-costs';

/** What whoever approves has to know where the source cannot follow the target: `why` is what stands in the way, and the remedy. */
export const wayBackCosts = (why: string): Finding => ({
  level: 'warning',
  check: CHECK,
  message: `going back will lose what the target takes: ${why}`,
});

export const saysWayBackCosts = ({ check }: Finding): boolean => check === CHECK;
