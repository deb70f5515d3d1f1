import { complain } from './complaint.ts';
import { EXIT } from './exit-codes.ts';

/** The person was asked and said no. */
export const leaveAsItIs = (what: string): Error =>
  complain({
    what: `not done: ${what}`,
    found: 'the answer no',
    remedy: 'give the command again if you decide otherwise',
    ending: 'nothing changed',
    exitCode: EXIT.refused,
  });
