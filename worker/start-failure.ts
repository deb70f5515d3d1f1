/** Why a worker process did not start, in words for whoever started it; the process ends with `exitCode`. */
export class StartFailure extends Error {
  /** 2: the configuration is wrong · 8: Temporal cannot be reached. */
  readonly exitCode: 2 | 8;

  constructor(exitCode: 2 | 8, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
