/** The version of every document `--json` prints; it rises when a field changes its meaning or goes. */
const SCHEMA_VERSION = 1;

/** One document on several lines. */
export const jsonDocument = (content: object): string =>
  JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...content }, null, 2);

/** One document on one line, for a stream of them. */
export const jsonLine = (content: object): string => JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...content });
