import type { Engine } from '../engines.ts';
import type { ParameterValues } from '../state.ts';
import { knownParameters, serviceDefaults } from './known-parameters.ts';

/** Libraries stock PostgreSQL has; others, such as pgaudit, are recorded but cannot be loaded. */
const LOADABLE = new Set(['pg_stat_statements', 'auto_explain', 'pg_prewarm', 'auth_delay', 'passwordcheck']);
/** Sized for a great machine on AWS; here many servers share one. */
const NOT_PASSED_ON = new Set(['shared_buffers', 'huge_pages', 'shared_memory_type', 'dynamic_shared_memory_type']);

/** The PostgreSQL settings that `values` of the parameter groups come down to. */
export function serverSettings(engine: Engine, values: ParameterValues): Record<string, string> {
  const known = knownParameters(engine);
  const settings: Record<string, string> = {
    wal_level: values['rds.logical_replication'] === '1' ? 'logical' : 'replica',
  };
  for (const [name, value] of Object.entries({ ...serviceDefaults(engine), ...values })) {
    if (name.startsWith('rds.') || name.startsWith('apg_') || NOT_PASSED_ON.has(name)) continue;
    if (isFormula(value) || known.get(name)?.isModifiable === false) continue;
    settings[name] = name === 'shared_preload_libraries' ? loadable(value) : value;
  }
  return settings;
}

/** Formulas such as `{DBInstanceClassMemory/9531392}` need an instance class with a size; the default stays. */
export function isFormula(value: string): boolean {
  return /[{(]/.test(value);
}

function loadable(libraries: string): string {
  return libraries
    .split(',')
    .map((library) => library.trim())
    .filter((library) => LOADABLE.has(library))
    .join(',');
}
