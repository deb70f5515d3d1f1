import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeReachable, writeOwned } from '../cloud/postgres/server-files.ts';
import type { Certificate } from '../cloud/postgres/authority.ts';

/** Where a pool's connections lead; `name` is what clients ask for. */
export type PooledDatabase = {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
};

export type PoolerOptions = {
  /** Its configuration and log; made when it is not there, and given to the account it runs under. */
  readonly folder: string;
  readonly database: PooledDatabase;
  /** Who may log in, with the password, or the SCRAM secret as PostgreSQL stores it. */
  readonly logins: Readonly<Record<string, string>>;
  /** Which of them may give commands. */
  readonly admin: string;
  /** PEM of the root that signs the servers' certificates. */
  readonly caFile: string;
  /** Its own certificate, for the clients. */
  readonly certificate: Certificate;
  /** Further settings of the section `pgbouncer`; they win. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** Writes what PgBouncer reads; returns the path of its configuration. Clients and servers speak TLS and log in by SCRAM. */
export async function writePoolerFiles(options: PoolerOptions, port: number): Promise<string> {
  const { folder, database, logins, admin, caFile, certificate } = options;
  await makeReachable(folder);
  const at = (name: string): string => join(folder, name);
  await writeOwned(at('ca.pem'), await readFile(caFile, 'utf8'));
  await writeOwned(at('server.crt'), certificate.certificate);
  await writeOwned(at('server.key'), certificate.key);
  const users = Object.entries(logins).map((pair) => pair.map((word) => `"${word.replaceAll('"', '""')}"`).join(' '));
  await writeOwned(at('userlist.txt'), `${users.join('\n')}\n`);
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: at('userlist.txt'),
    admin_users: admin,
    pool_mode: 'transaction',
    default_pool_size: '10',
    client_tls_sslmode: 'require',
    // Without it PgBouncer reads all roots of the system at every RELOAD: 30 ms instead of 3, while its clients wait.
    client_tls_ca_file: at('ca.pem'),
    client_tls_cert_file: at('server.crt'),
    client_tls_key_file: at('server.key'),
    server_tls_sslmode: 'verify-full',
    server_tls_ca_file: at('ca.pem'),
    ...options.settings,
  };
  const { name, host, port: to, database: dbname } = database;
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  await writeOwned(
    at('pgbouncer.ini'),
    `; Where the application's connections lead.\n[databases]\n${name} = host=${host} port=${to} dbname=${dbname}\n\n[pgbouncer]\n${lines.join('\n')}\n`,
  );
  return at('pgbouncer.ini');
}
