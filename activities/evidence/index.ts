import { digestOf } from '../../model/digest.ts';
import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';

/** Evidence outlives Temporal's retention: reports and outcomes go to the store. */
export const evidenceActivities = ({
  evidence,
}: Pick<Clients, 'evidence'>): Pick<Activities, 'publishReport' | 'publishOutcome'> => ({
  publishReport: async ({ digest, report }) => ({ ...(await evidence.put(digest, report)), report }),
  publishOutcome: ({ progress }) => evidence.put(digestOf(progress), progress),
});
