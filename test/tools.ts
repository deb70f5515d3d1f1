/** The programs tests start, from wherever the set-up found or put them. */
export { findTool, toolPath } from '../local/setup/tools.mjs';
export type { Found, ProgramName } from '../local/setup/tools.mjs';
