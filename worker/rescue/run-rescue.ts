import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ApplicationFailure } from '@temporalio/common';
import { input } from '@inquirer/prompts';
import type { Clients } from '../../activities/clients.ts';
import { releaseClaim } from '../../activities/cutover/release-claim.ts';
import { doRescue, planRescue, type RescuePlan } from '../../activities/cutover/rescue.ts';
import { parsePlan } from '../../model/parse-plan.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import { whyNotReleased } from '../../model/rescue.ts';
import { makeClients } from '../clients.ts';
import { readConfig } from '../config.ts';
import { StartFailure } from '../start-failure.ts';
import { custodyLines, deedLine, outcomeLine, releasedLine, releaseLine } from './rescue-lines.ts';
import { findSides } from './find-sides.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const USAGE = `Usage: daybreak rescue PLAN [--yes] [--look] [--release]

Reads custody on both sides and shows it. Where writes are fenced it gives them back, where a commit was not completed it opens the
other side. Needs no Temporal; run it where the worker's environment is set.

  --look      only show custody
  --release   end the claim of a run that was terminated while the source takes writes
  --yes       do not ask for the source's name`;

/** Answers the exit code: 0 done or nothing to do, 1 unexpected, 2 usage, 3 refused by the person, 7 could not be done. */
export async function runRescue(args: string[], env: Environment): Promise<number> {
  try {
    return await rescue(args, env);
  } catch (error) {
    if (error instanceof StartFailure) return complain(error.message, error.exitCode);
    if (error instanceof ApplicationFailure)
      return complain(`${error.message}\nstill fenced if custody said so; needs you`, 7);
    if (error instanceof TypeError && Reflect.get(error, 'code') !== undefined)
      return complain(`${error.message}\n\n${USAGE}`, 2);
    throw error;
  }
}

async function rescue(args: string[], env: Environment): Promise<number> {
  const options = {
    yes: { type: 'boolean' },
    look: { type: 'boolean' },
    release: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help === true) return say(USAGE, 0);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) return complain(USAGE, 2);
  const plan = await readPlan(file);
  const clients = await makeClients({ config: readConfig(env), env, countCutoverWorkers: () => Promise.resolve(0) });
  const sides = await findSides(clients, plan);
  const found = await planRescue(clients, sides);
  say(custodyLines(plan, found).join('\n'), 0);
  if (values.release === true) return await release(clients, sides, found, values);
  if (found.rescue.kind === 'nothing') return say(`nothing to rescue: ${found.rescue.why}; nothing changed`, 0);
  say(deedLine(plan, found.rescue), 0);
  if (values.look === true) return 0;
  if (values.yes !== true && !(await confirmed(plan))) return complain('not confirmed; nothing changed', 3);
  return say(outcomeLine(plan, await doRescue(clients, sides, found), found.rescue), 0);
}

/** Only a person knows that no run of it is left: this asks neither Temporal nor the run. */
async function release(
  clients: Clients,
  sides: Awaited<ReturnType<typeof findSides>>,
  { source, target }: RescuePlan,
  asked: { readonly look?: boolean; readonly yes?: boolean },
): Promise<number> {
  const why = whyNotReleased(source, target);
  if (why !== null) return complain(`no claim is released: ${why}; nothing changed`, 3);
  say(releaseLine(sides.plan, target), 0);
  if (asked.look === true) return 0;
  if (asked.yes !== true && !(await confirmed(sides.plan))) return complain('not confirmed; nothing changed', 3);
  await releaseClaim(clients, sides, { source: source?.state ?? null, target: target?.state ?? null });
  return say(releasedLine(sides.plan, { source, target }), 0);
}

async function readPlan(file: string): Promise<MigrationPlan> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new StartFailure(2, `${file} cannot be read: name the plan the migration was started with`);
  });
  const parsed = parsePlan(text);
  if ('plan' in parsed) return parsed.plan;
  const faults = parsed.faults.map(
    ({ path, found, wanted, remedy }) => `  ${path}: found ${found}, wanted ${wanted}; ${remedy}`,
  );
  throw new StartFailure(2, [`${file} is not a usable plan:`, ...faults, 'nothing changed'].join('\n'));
}

async function confirmed({ source }: MigrationPlan): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new StartFailure(2, `no terminal to ask on: add --yes to rescue ${source.instance}; nothing changed`);
  return (await input({ message: `Type ${source.instance} to go on:` })) === source.instance;
}

function say(line: string, exitCode: number): number {
  process.stdout.write(`${line}\n`);
  return exitCode;
}

function complain(line: string, exitCode: number): number {
  process.stderr.write(`daybreak rescue: ${line}\n`);
  return exitCode;
}
