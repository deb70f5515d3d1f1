import type { Colors } from 'picocolors/types.js';

/** Everything a renderer takes from outside, so that the same state always gives the same text. */
export interface Look {
  readonly paint: Colors;
  /** Columns of the window. */
  readonly width: number;
  /** IANA name of the reader's time zone. */
  readonly zone: string;
  readonly nowMs: number;
}
