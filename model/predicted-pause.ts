/** Fence, drain, comparison of the last keys, commit, opening: each waits about as long as one change takes from side to side. */
const TRIPS_IN_THE_FENCE = 5;

/** For how long writes stop, in ms, where the taking side follows and a change takes `tripMs` to it. */
export const predictedPauseMs = (tripMs: number): number => TRIPS_IN_THE_FENCE * tripMs;
