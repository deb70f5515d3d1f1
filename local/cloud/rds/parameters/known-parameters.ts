import type { Engine } from '../engines.ts';

/** A parameter as a group shows it. */
export type KnownParameter = {
  readonly name: string;
  readonly isStatic: boolean;
  readonly isModifiable: boolean;
  readonly type: 'boolean' | 'integer' | 'float' | 'string';
  /** As AWS writes it: `0,1`, `1-8388607`, `none,ddl,mod,all`; empty when anything goes. */
  readonly allowed: string;
  readonly description: string;
  readonly value: string | undefined;
};

/** Files, addresses and mechanics that belong to the service. */
const SERVICE_OWNED =
  /^(data_directory|config_file|hba_file|ident_file|external_pid_file|listen_addresses|port|unix_socket_.*|archive_.*|restore_command|recovery_.*|primary_.*|ssl|ssl_.*_file|ssl_library|fsync|full_page_writes|wal_level|hot_standby|log_directory|log_filename|cluster_name|allow_system_table_mods|zero_damaged_pages|bonjour.*|promote_trigger_file|synchronous_standby_names)$/;

/** Enumerations whose values `postgres --describe-config` does not tell. */
const ENUMERATIONS: Readonly<Record<string, string>> = {
  log_statement: 'none,ddl,mod,all',
  log_error_verbosity: 'terse,default,verbose',
  default_transaction_isolation: 'serializable,repeatable read,read committed,read uncommitted',
  session_replication_role: 'origin,replica,local',
  synchronous_commit: 'on,off,local,remote_write,remote_apply',
  plan_cache_mode: 'auto,force_generic_plan,force_custom_plan',
  password_encryption: 'md5,scram-sha-256',
};

/** What RDS adds to PostgreSQL's own settings, with the service's defaults. */
const OF_RDS: readonly KnownParameter[] = [
  rds('rds.logical_replication', true, '0,1', '0', 'Enables logical decoding.'),
  rds('rds.force_ssl', false, '0,1', '1', 'Force SSL connections.'),
  rds('rds.log_retention_period', false, '1440-10080', '4320', 'Retention of log files, in minutes.'),
  rds('rds.restrict_password_commands', true, '0,1', '0', 'Restricts password commands to members of rds_password.'),
  rds(
    'rds.force_autovacuum_logging_level',
    false,
    'disabled,debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic',
    'warning',
    'Level at which autovacuum messages are logged.',
  ),
];
const OF_AURORA: readonly KnownParameter[] = [
  rds('rds.logically_replicate_unlogged_tables', true, '0,1', '1', 'Replicates unlogged tables logically.'),
  rds('rds.iam_auth_for_replication', false, '0,1', '0', 'IAM authentication for replication connections.'),
  rds('apg_plan_mgmt.capture_plan_baselines', false, 'off,manual,automatic', 'off', 'Query plan management.'),
];

function rds(name: string, isStatic: boolean, allowed: string, value: string, description: string): KnownParameter {
  const type = allowed === '0,1' ? 'boolean' : /^\d/.test(allowed) ? 'integer' : 'string';
  return { name, isStatic, isModifiable: true, type, allowed, description, value };
}

/** Values the service sets by default where they differ from PostgreSQL's own. */
export function serviceDefaults({ name }: Engine): Readonly<Record<string, string>> {
  return {
    max_replication_slots: '20',
    max_wal_senders: name === 'aurora-postgresql' ? '10' : '20',
    shared_preload_libraries: 'pg_stat_statements',
  };
}

/** All parameters of a group of this engine's family, by name. */
export function knownParameters(engine: Engine): ReadonlyMap<string, KnownParameter> {
  const known = new Map<string, KnownParameter>();
  const defaults = serviceDefaults(engine);
  for (const server of engine.parameters.values()) {
    if (server.isInternal) continue;
    known.set(server.name, {
      name: server.name,
      isStatic: server.isStatic,
      isModifiable: !SERVICE_OWNED.test(server.name),
      type: server.type,
      allowed: allowedValues(server),
      description: server.description,
      value: defaults[server.name],
    });
  }
  for (const one of [...OF_RDS, ...(engine.name === 'aurora-postgresql' ? OF_AURORA : [])]) known.set(one.name, one);
  return known;
}

function allowedValues({ name, type, min, max }: { name: string; type: string; min: string; max: string }): string {
  if (type === 'boolean') return '0,1';
  if (type === 'string') return ENUMERATIONS[name] ?? '';
  return `${min}-${max}`;
}
