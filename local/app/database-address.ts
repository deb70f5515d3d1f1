import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseEnv } from 'node:util';

/** Where the database is and who logs in, under the names the Mind Measure application gives them. */
export type DatabaseAddress = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** It is that of a pooler, which gives each transaction any connection to a server that may change. */
  readonly pooled?: boolean;
};

/**
 * Reads the address from the dotenv file, every time anew: the file is where a migration changes it. There is no fallback: an
 * application that guesses an address writes into the wrong database. The staged version reads what a migration has written
 * beside the file, and has no address before that.
 * @throws Error naming the file and the key that is missing or unusable; never its value
 */
export function readAddress(envFile: string, version: 'live' | 'staged' = 'live'): DatabaseAddress {
  const values = { ...parseEnv(readFileSync(envFile, 'utf8')), ...(version === 'staged' ? stagedValues(envFile) : {}) };
  const required = (key: string): string => {
    const value = values[key];
    if (value === undefined || value === '') throw new Error(`${envFile} has no ${key}: add it, there is no default`);
    return value;
  };
  const port = Number(required('AWS_RDS_PORT'));
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${envFile}: AWS_RDS_PORT is no port: wanted a number from 1 to 65535`);
  return {
    host: required('AWS_RDS_HOST'),
    port,
    database: required('AWS_RDS_DATABASE'),
    user: required('AWS_RDS_USERNAME'),
    password: required('AWS_RDS_PASSWORD'),
    pooled: values['AWS_RDS_POOLED'] === 'on',
  };
}

/**
 * The values that a migration has staged: beside the file lies `<file>.<KEY>.….staged` for each key, a copy of the file with
 * that key changed. Together they are the application as it will be.
 */
function stagedValues(envFile: string): Record<string, string | undefined> {
  const [folder, file] = [dirname(envFile), basename(envFile)];
  const staged = readdirSync(folder).filter((name) => name.startsWith(`${file}.`) && name.endsWith('.staged'));
  if (staged.length === 0) throw new Error(`nothing is staged beside ${envFile} yet`);
  return Object.fromEntries(
    staged.map((name) => {
      const [key = ''] = name.slice(file.length + 1).split('.');
      return [key, parseEnv(readFileSync(join(folder, name), 'utf8'))[key]];
    }),
  );
}

/** The text of such a file. */
export const addressFile = ({ host, port, database, user, password, pooled }: DatabaseAddress): string => `\
# Where Mind Measure keeps its data. The application reads this file whenever it connects.
AWS_RDS_HOST=${host}
AWS_RDS_PORT=${port}
AWS_RDS_DATABASE=${database}
AWS_RDS_USERNAME=${user}
AWS_RDS_PASSWORD=${password}
${pooled === true ? 'AWS_RDS_POOLED=on\n' : ''}`;
