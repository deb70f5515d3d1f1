import { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addApprove } from './commands/approve.ts';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addHold } from './commands/hold.ts';
import { addInit } from './commands/init.ts';
import { addList } from './commands/list.ts';
import { addPause } from './commands/pause.ts';
import { addReject } from './commands/reject.ts';
import { addReport } from './commands/report.ts';
import { addRescue } from './commands/rescue.ts';
import { addResume } from './commands/resume.ts';
import { addRollback } from './commands/rollback.ts';
import { addSoak } from './commands/soak.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addWatch } from './commands/watch.ts';
import { addWorker } from './commands/worker.ts';

const DESCRIPTION =
  'Moves a live PostgreSQL database from Amazon RDS to Aurora, with a human approval in the middle and a way back.';

const EPILOGUE = `
ID is a run's id or a part of it; it may be left out when exactly one run is
active. --json prints exactly one document (watch: one a line). Exit codes:
0 done or going on, 1 unexpected, 2 usage or plan, 3 refused, 5 undone, 6 waits
for a person, 7 needs an operator, 8 Temporal unreachable, 130 interrupted.`;

/** In the order a migration needs them; the help lists them so. */
const COMMANDS = [
  addInit,
  addStart,
  addWatch,
  addStatus,
  addReport,
  addApprove,
  addReject,
  addHold,
  addPause,
  addResume,
  addRollback,
  addSoak,
  addRescue,
  addList,
  addWorker,
  addDoctor,
];

/** All commands. Errors are thrown, never exited with, so that they all end in the same words. */
export function buildProgram(cli: Cli): Command {
  const program = new Command('daybreak').description(DESCRIPTION).addHelpText('after', EPILOGUE);
  program
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .enablePositionalOptions();
  for (const add of COMMANDS) add(program, cli);
  addCompletion(program);
  return program;
}
