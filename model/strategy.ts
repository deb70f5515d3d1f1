/** How the rows travel. */
export const STRATEGY_NAMES = ['blue-green', 'replica', 'snapshot', 'dump'] as const;
export type Strategy = (typeof STRATEGY_NAMES)[number];

/** What sets the strategies apart; everything else is the same for all of them. */
export interface Traits {
  /**
   * The rows follow by logical replication, and back after the cutover: its fence is a lock that clients wait at. Otherwise
   * it is a durable one that turns them away, behind which the way back is made too, where the database allows one.
   */
  readonly follows: boolean;
  /**
   * How the target comes about. `empty`: a new cluster that is filled by SQL. `replica`: a standby of the source, promoted behind the
   * fence. `restored`: from a snapshot of the source taken behind the fence, after a rehearsal with an earlier one.
   */
  readonly target: 'empty' | 'replica' | 'restored';
}

const TRAITS: Readonly<Record<Strategy, Traits>> = {
  'blue-green': { follows: true, target: 'empty' },
  replica: { follows: false, target: 'replica' },
  snapshot: { follows: false, target: 'restored' },
  dump: { follows: false, target: 'empty' },
};

interface Chosen {
  readonly strategy: Strategy;
}

/** What a strategy is chosen as, and what was found of the database it is chosen for. */
export interface Found extends Chosen {
  /** Its tables and its server let the source follow the target from the opening on; absent: not, or nobody asked. */
  readonly feedsBack?: boolean | undefined;
}

export const traitsOf = ({ strategy }: Chosen): Traits => TRAITS[strategy];

/** Whether the source follows the target from the opening on, so that going back loses nothing. */
export const followsBack = ({ strategy, feedsBack }: Found): boolean => TRAITS[strategy].follows || feedsBack === true;

/**
 * The target is the source's files: its master user, password, roles and schema `daybreak` come along, nothing is prepared
 * on it, and until it is taken over its custody row is the source's.
 */
export const isPhysical = (plan: Chosen): boolean => traitsOf(plan).target !== 'empty';
