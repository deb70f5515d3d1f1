import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { Client } from 'pg';
import type { Stage } from './stage.ts';
import { DATABASE, MASTER } from './mind-measure.ts';

/** Everything a migration could leave behind, by name; rows excepted, for the writer goes on. */
export type WorldPicture = Readonly<Record<string, unknown>>;

export async function takePicture(stage: Stage): Promise<WorldPicture> {
  return { ...(await resources(stage)), ...(await catalogue(stage)), ...(await files(stage)) };
}

/** Names of what differs; empty where the world is as it was. */
export const differences = (before: WorldPicture, after: WorldPicture): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !isDeepStrictEqual(before[name], after[name]),
  );

async function resources({ cloud: { endpoint, region } }: Stage): Promise<WorldPicture> {
  const rds = new RDSClient({ endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand());
  const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand());
  const { DBClusterParameterGroups = [] } = await rds.send(new DescribeDBClusterParameterGroupsCommand());
  const { DBSnapshots = [] } = await rds.send(new DescribeDBSnapshotsCommand());
  rds.destroy();
  return {
    instances: DBInstances.map((instance) => ({ ...instance, LatestRestorableTime: undefined })),
    clusters: DBClusters,
    parameterGroups: DBClusterParameterGroups,
    // The one thing an undone migration leaves on purpose.
    snapshots: DBSnapshots.map((each) => each.DBSnapshotIdentifier).filter((id) => !id?.includes('-daybreak-before-')),
  };
}

/** Where nobody ever granted a thing, a list of grants is NULL; what was taken and given back leaves the same spelled out. */
const CATALOGUE = `
  SELECT jsonb_build_object(
    'roles', (SELECT jsonb_agg(to_jsonb(r) - 'oid' ORDER BY rolname) FROM pg_roles r),
    'memberships', (SELECT jsonb_agg(pg_get_userbyid(roleid) || ' ' || pg_get_userbyid(member) ORDER BY 1) FROM pg_auth_members),
    'databases', (SELECT jsonb_agg(jsonb_build_array(datname, (SELECT jsonb_agg(a::text ORDER BY a::text) FROM unnest(coalesce(datacl, acldefault('d', datdba))) a))
                                   ORDER BY datname) FROM pg_database),
    'settings', (SELECT jsonb_agg(jsonb_build_array(setdatabase, setrole, setconfig) ORDER BY setdatabase, setrole) FROM pg_db_role_setting),
    'schemas', (SELECT jsonb_agg(jsonb_build_array(nspname, nspacl::text) ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast_temp)'),
    'relations', (SELECT jsonb_agg(jsonb_build_array(c.oid::regclass::text, relkind, relacl::text) ORDER BY c.oid)
                    FROM pg_class c WHERE relnamespace <> 'pg_toast'::regnamespace AND relpersistence = 'p'),
    'triggers', (SELECT count(*) FROM pg_trigger),
    'slots', (SELECT count(*) FROM pg_replication_slots),
    'publications', (SELECT count(*) FROM pg_publication)) AS catalogue`;

async function catalogue({ cloud, database: { host, port, passwords } }: Stage): Promise<WorldPicture> {
  const ca = await readFile(cloud.caFile, 'utf8');
  const client = new Client({ host, port, database: DATABASE, user: MASTER, password: passwords.master, ssl: { ca } });
  await client.connect();
  try {
    return await readCatalogue(client);
  } finally {
    await client.end();
  }
}

/** Roles, grants, settings and everything that is not rows, of one database and its server. */
export async function readCatalogue(client: Pick<Client, 'query'>): Promise<WorldPicture> {
  const { rows } = await client.query<{ catalogue: WorldPicture }>(CATALOGUE);
  const [row] = rows;
  if (row === undefined) throw new Error('the server did not describe its catalogue');
  return row.catalogue;
}

async function files({ folders, pooler }: Stage): Promise<WorldPicture> {
  const entries = await readdir(folders.app, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (pooler !== null) paths.push(...(await beside(pooler.config)));
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(path, 'utf8')] as const)),
  );
}

/** A configuration and what a migration may have left next to it; not the log. */
async function beside(config: string): Promise<string[]> {
  const names = await readdir(dirname(config));
  return names.filter((name) => name.startsWith(basename(config))).map((name) => join(dirname(config), name));
}
