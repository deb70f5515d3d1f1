/** One thing the doctor looked at. `missing` keeps runs from going on, `warning` makes them poorer or slower. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'missing';
  readonly found: string;
  /** What mends it; null where nothing has to be mended. */
  readonly remedy: string | null;
}
