/** How things stand after an error: the last words of every message. */
export type Ending = 'nothing changed' | 'undone' | 'still fenced' | 'needs you';

/** What a person is told when a command cannot do what was asked. */
export interface Complaint {
  readonly what: string;
  readonly found?: string;
  readonly wanted?: string;
  readonly remedy: string;
  readonly ending: Ending;
  /** One of {@link EXIT} in `exit-codes.ts`. */
  readonly exitCode: number;
  /** Printed between the message and its ending: several faults, several runs. */
  readonly lines?: readonly string[];
}

/** The one error commands throw on purpose: anything else is a bug. A class, because only that survives a catch typed. */
export class ComplaintError extends Error {
  readonly complaint: Complaint;

  constructor(complaint: Complaint) {
    super(complaint.what);
    this.name = 'ComplaintError';
    this.complaint = complaint;
  }
}

export const complain = (complaint: Complaint): ComplaintError => new ComplaintError(complaint);
