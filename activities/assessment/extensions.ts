import { familyDefaults } from '../rds/family-defaults.ts';
import { familyOf } from '../rds/versions.ts';
import { blocker, listed, warning, type Check, type DatabaseSubject } from './subject.ts';

/** Every extension of the source is offered for the target's version; RDS lists them in a parameter of the family. */
export const checkExtensions: Check<DatabaseSubject> = async ({ session, rds, targetVersion }) => {
  if (targetVersion === null) return [];
  const rows = await session.query<{ name: string }>(
    `SELECT extname AS name FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1`,
  );
  const installed = rows.map(({ name }) => name);
  if (installed.length === 0) return [];
  const parameter = (await familyDefaults(rds, familyOf(targetVersion))).get('rds.extensions');
  const offered = (parameter?.AllowedValues ?? parameter?.ParameterValue ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (offered.length === 0)
    return [
      warning(
        'extensions-unchecked',
        `AWS does not say which extensions Aurora ${targetVersion} offers; the rehearsal shows whether it has ${listed(installed)}`,
      ),
    ];
  const lacking = installed.filter((name) => !offered.includes(name));
  if (lacking.length === 0) return [];
  return [
    blocker(
      'extension-missing',
      `Aurora ${targetVersion} does not offer ${listed(lacking)}: choose another target.engineVersion, or drop them on the source`,
    ),
  ];
};
