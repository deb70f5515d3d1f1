import { runRescue } from './rescue/run-rescue.ts';

/** `daybreak rescue PLAN`: gives writes back, or completes a commit, with Temporal and every worker gone. */
process.exitCode = await runRescue(process.argv.slice(2), process.env);
