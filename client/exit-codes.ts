/** What `$?` says; scripts rely on these numbers (`docs/operating.md` lists them). */
export const EXIT = {
  /** The run ended well, or the command did what it was asked, or the run goes on by itself. */
  done: 0,
  /** A bug of ours. */
  unexpected: 1,
  /** The command line, the plan or the choice of a run has to be corrected. */
  usage: 2,
  /** Understood and refused: blockers, a gate that decided no, a second start. */
  refused: 3,
  /** Undone: the world is as before. */
  undone: 5,
  /** Waits for a person: a gate or a pause. */
  waiting: 6,
  /** Needs an operator: a hold, a blocked undo, no worker, a run somebody ended by force. */
  operator: 7,
  /** Temporal does not answer. */
  unreachable: 8,
  /** Ctrl-C here; the run goes on. */
  interrupted: 130,
} as const;
