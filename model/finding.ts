/** Something a check saw. A finding is not an error: all checks run, and one report shows them all. */
export interface Finding {
  /** `blocker` stops the run before anything is made, `warning` is shown at the gate, `info` is a fact. */
  readonly level: 'blocker' | 'warning' | 'info';
  /** Stable, kebab-case name of the check, e.g. `role-missing`. */
  readonly check: string;
  /** What was found and the remedy, in words; never a secret, never a row's content. */
  readonly message: string;
}
