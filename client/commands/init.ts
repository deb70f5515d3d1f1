import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { action, type Cli } from '../cli.ts';
import { complain, ComplaintError } from '../complaint.ts';
import { EXIT } from '../exit-codes.ts';
import { planLines, type Line } from '../init/plan-lines.ts';
import { planText } from '../init/plan-text.ts';
import type { InstanceFacts } from '../init/read-instance.ts';

interface InitOptions {
  readonly source: string;
  readonly region: string;
  readonly out?: string;
}

/** `daybreak init`: reads a live instance through the API and writes a plan whose lines say where they come from. */
export function addInit(program: Command, cli: Cli): void {
  program
    .command('init')
    .description('writes a plan for a live RDS instance, read through the API')
    .requiredOption('--source <id>', 'identifier of the RDS instance')
    .requiredOption('--region <region>', 'its AWS region')
    .option('--out <file>', 'where to write the plan; never over a file (default: stdout)')
    .action(action(cli, async (options: InitOptions) => await init(cli, options)));
}

async function init(cli: Cli, { source, region, out }: InitOptions): Promise<number> {
  const facts = await readFromApi(source, region);
  const lines = planLines(facts, region);
  const text = planText(lines, heading(facts));
  if (out === undefined) cli.terminal.result(text.trimEnd());
  else await writeNew(out, text);
  cli.terminal.say(afterwards(lines, out));
  return EXIT.done;
}

const heading = ({ instance }: InstanceFacts): string[] => [
  `Plan to move ${instance.DBInstanceIdentifier} (PostgreSQL ${instance.EngineVersion}, ${instance.DBInstanceClass}, ${instance.AllocatedStorage} GB) to Aurora.`,
  'Each line says where it comes from: read from the instance, default (proposed by Daybreak), or choose: those have',
  'to be filled in before daybreak start. docs/plan-reference.md explains every key.',
];

function afterwards(lines: Readonly<Record<string, Line>>, out: string | undefined): string[] {
  const chosen = Object.entries(lines).flatMap(([path, { origin }]) => (origin === 'choose' ? [path] : []));
  return [`To be filled in: ${chosen.join(', ')}.`, `Then: daybreak start ${out ?? 'PLAN'}`];
}

async function readFromApi(source: string, region: string): Promise<InstanceFacts> {
  // The SDK takes half a second to load, and every other command would pay for it.
  const [{ RDSClient }, { readInstance }] = await Promise.all([
    import('@aws-sdk/client-rds'),
    import('../init/read-instance.ts'),
  ]);
  // Endpoint and credentials as the SDK finds them: AWS_ENDPOINT_URL_RDS, AWS_PROFILE and so on.
  const rds = new RDSClient({ region, requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000 } });
  try {
    return await readInstance(rds, source, region);
  } catch (error) {
    if (error instanceof ComplaintError || !(error instanceof Error)) throw error;
    throw complain({
      what: `the RDS API of ${region} did not answer as needed`,
      found: `${error.name}: ${error.message || 'no answer'}`,
      wanted: 'an account that may call rds:Describe*',
      remedy: 'check the region, AWS_PROFILE or the credentials, and that this machine reaches AWS',
      ending: 'nothing changed',
      exitCode: EXIT.usage,
    });
  } finally {
    rds.destroy();
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    throw complain({
      what: `the plan cannot be written to ${file}`,
      found: error instanceof Error ? error.message : String(error),
      wanted: 'a name that is free, in a folder this account may write',
      remedy: 'choose another --out, or move the file that is there',
      ending: 'nothing changed',
      exitCode: EXIT.usage,
    });
  }
}
