import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { readAddress, type Address } from './address-file.ts';
import { askControl } from './ask-control.ts';
import { launch } from './launch.ts';

type Options = { readonly root: string; readonly pace: number; readonly direct?: boolean; readonly bound?: boolean };

const program = new Command('local').description('The local cloud: an RDS API with real PostgreSQL servers behind it.');
const command = (name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--root <folder>', 'folder of its state', join(tmpdir(), 'daybreak-cloud'));
const pace = ['--pace <ms>', 'how long each intermediate status shows', milliseconds] as const;
const direct = ['--direct', 'clients reach the servers themselves; then no fault breaks the network between'] as const;

command('up', 'start it in the background, or go on with what is in its folder')
  .option(...pace, 500)
  .option(...direct)
  .action(async (options: Options) => {
    const { address } = await launch({ ...startOf(options), detached: true });
    console.log(exportsFor(address));
    process.exit(0);
  });
command('serve', 'run it in the foreground')
  .option(...pace, 500)
  .option(...direct)
  .option('--bound', 'stop when standard input closes')
  .action(async (options: Options) => {
    const { serve } = await import('./serve.ts'); // the SDK and all that; the other commands need none of it
    await serve({ ...startOf(options), boundToStdin: options.bound === true });
  });
command('status', 'what there is, and in which state').action(async ({ root }: Options) => {
  console.log(JSON.stringify(await askControl(running(root).control, 'GET /status'), undefined, 2));
});
command('fault', 'make something go wrong, see local/FIDELITY.md')
  .argument('<json>', 'such as {"crash":"mindmeasure-prod"}')
  .action(async (json: string, { root }: Options) => {
    await askControl(running(root).control, 'POST /fault', JSON.parse(json));
  });
command('journal', 'every request to the API so far').action(async ({ root }: Options) => {
  console.log(JSON.stringify(await askControl(running(root).control, 'GET /journal'), undefined, 2));
});
command('down', 'stop it; the data stays').action(async ({ root }: Options) => {
  await askControl(running(root).control, 'POST /stop');
});

function startOf(options: Options) {
  return { root: options.root, paceMs: options.pace, direct: options.direct === true };
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0))
    throw new InvalidArgumentError('must be a number of milliseconds, 0 or more');
  return value;
}

function running(root: string): Address {
  const address = readAddress(root);
  if (!address) throw new Error(`No local cloud runs in ${root}. Start one: npm run local -- up --root ${root}`);
  return address;
}

function exportsFor({ endpoint, secretsEndpoint, region, caFile }: Address): string {
  return [
    `export AWS_ENDPOINT_URL_RDS=${endpoint}`,
    `export AWS_ENDPOINT_URL_SECRETS_MANAGER=${secretsEndpoint}`,
    `export AWS_REGION=${region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`,
    `export PGSSLROOTCERT=${caFile} PGSSLMODE=verify-full`,
  ].join('\n');
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
