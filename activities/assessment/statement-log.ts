import type { Finding } from '../../model/finding.ts';
import { traitsOf } from '../../model/strategy.ts';
import type { Session } from '../clients.ts';
import { info, warning, type Check, type DatabaseSubject } from './subject.ts';

/** What a server writes down of the statements it runs; engine defaults are `none` and `-1`. */
interface LogSettings {
  readonly log_statement: string;
  /** Milliseconds. */
  readonly log_min_duration_statement: string;
}

/**
 * What the servers' logs will hold of the application's rows and of the logins Daybreak makes. Passwords of roles travel as SCRAM
 * verifiers only; `CREATE SUBSCRIPTION` alone has a password in its text (manual, "CREATE SUBSCRIPTION", CONNECTION).
 */
export const checkStatementLog: Check<DatabaseSubject> = async ({ session, plan }) => {
  const target = { log_statement: 'none', log_min_duration_statement: '-1', ...plan.target.parameters };
  const found: Finding[] = [];
  if (logsRows(target))
    found.push(
      warning(
        'rows-logged',
        `target.parameters: ${said(target)} writes the values of the application's statements into the log; set log_statement to ddl or none, and log_min_duration_statement above 0 or to -1`,
      ),
    );
  if (logsRoles(target))
    found.push(
      info(
        'verifiers-logged',
        `target.parameters: with ${said(target)} the log holds ALTER ROLE with SCRAM verifiers, never with passwords; change weak passwords after the migration if others read that log`,
      ),
    );
  const source = await settingsOf(session);
  found.push(...subscriptionsLogged(traitsOf(plan).follows ? { source, target } : { source }));
  return found;
};

const logsRows = ({ log_statement, log_min_duration_statement }: LogSettings): boolean =>
  log_statement === 'all' || log_statement === 'mod' || Number(log_min_duration_statement) === 0;

const logsRoles = ({ log_statement, log_min_duration_statement }: LogSettings): boolean =>
  log_statement !== 'none' || Number(log_min_duration_statement) >= 0;

/** A subscription is made on each side that ever follows: the source does after every cutover. */
function subscriptionsLogged(followers: Readonly<Record<string, LogSettings>>): Finding[] {
  return Object.entries(followers)
    .filter(([, settings]) => logsRoles(settings))
    .map(([side, settings]) =>
      warning(
        'subscription-logged',
        `the ${side}: with ${said(settings)} its log holds CREATE SUBSCRIPTION with the random password of Daybreak's replication role, which may read no table, but follow every change of a row until the clean-up drops it; set log_statement to none and log_min_duration_statement to -1 for that time, or let nobody else read that log`,
      ),
    );
}

const said = (settings: LogSettings): string =>
  `log_statement ${settings.log_statement}, log_min_duration_statement ${settings.log_min_duration_statement}`;

async function settingsOf(session: Session): Promise<LogSettings> {
  const [row] = await session.query<LogSettings>(
    `SELECT max(setting) FILTER (WHERE name = 'log_statement') AS log_statement,
            max(setting) FILTER (WHERE name = 'log_min_duration_statement') AS log_min_duration_statement
       FROM pg_settings WHERE name IN ('log_statement', 'log_min_duration_statement')`,
  );
  if (row === undefined) throw new Error('pg_settings lists no settings');
  return row;
}
