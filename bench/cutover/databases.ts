import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { execa } from 'execa';
import { escapeLiteral, type Client } from 'pg';
import type { Cloud } from '../../local/cloud/start.ts';
import type { Passwords } from '../../local/demo/mind-measure.ts';
import { createSourceInstance, type SourceInstance } from '../../local/demo/source-instance.ts';
import { toolPath } from '../../local/setup/tools.mjs';
import { LEDGER_SQL } from './ledger.ts';
import { connect, libpq, runSql } from './login.ts';
import { APP_ROLE, DATABASE, MASTER, SOURCE, TARGET_INSTANCE, TARGET_MASTER } from './plan.ts';

interface SourceFacts {
  readonly cloud: Cloud;
  readonly passwords: Passwords;
  readonly major: string;
}

/** An RDS instance with pgbench's tables, which belong to the application's role. */
export async function makeSource({ cloud, passwords, major }: SourceFacts, scale: number): Promise<SourceInstance> {
  const { endpoint, region } = cloud;
  const rds = new RDSClient({ endpoint, region, credentials: LOCAL });
  const wanted = { instance: SOURCE, database: DATABASE, user: MASTER, password: passwords.master, major };
  const source = await createSourceInstance(rds, wanted).finally(() => rds.destroy());
  const { caFile } = cloud;
  const app = { caFile, ...source, user: APP_ROLE, password: passwords.app };
  await runSql(
    { caFile, ...source, user: MASTER, password: passwords.master },
    `CREATE ROLE ${APP_ROLE} LOGIN PASSWORD ${escapeLiteral(passwords.app)}; GRANT ${APP_ROLE} TO ${MASTER};
     GRANT CREATE, USAGE ON SCHEMA public TO ${APP_ROLE}; GRANT CONNECT, TEMPORARY ON DATABASE ${DATABASE} TO ${APP_ROLE}`,
  );
  await execa(toolPath('pgbench'), ['--initialize', '--quiet', `--scale=${scale}`], { env: libpq(app) });
  await runSql(app, LEDGER_SQL);
  return source;
}

const LOCAL = { accessKeyId: 'local', secretAccessKey: 'local' };

export async function connectTo(
  side: 'source' | 'target',
  { cloud, source, passwords }: { cloud: Cloud; source: SourceInstance; passwords: Passwords },
): Promise<Client> {
  const login = { caFile: cloud.caFile, password: passwords.master };
  if (side === 'source') return await connect({ ...login, host: source.host, port: source.port, user: MASTER });
  const rds = new RDSClient({ endpoint: cloud.endpoint, region: cloud.region, credentials: LOCAL });
  const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier: TARGET_INSTANCE });
  const { DBInstances } = await rds.send(asked).finally(() => rds.destroy());
  const { Address: host = '', Port: port = 0 } = DBInstances?.[0]?.Endpoint ?? {};
  return await connect({ ...login, host, port, user: TARGET_MASTER });
}
