import type { Finding } from '../../model/finding.ts';
import { familyDefaults } from '../rds/family-defaults.ts';
import { familyOf, majorOf } from '../rds/versions.ts';
import { blocker, warning, type Check, type ControlPlaneSubject } from './subject.ts';

/** The plan's cluster parameters exist in the target's family and may be set. Values are judged by AWS when they are set. */
export const checkParameters: Check<ControlPlaneSubject> = async ({ rds, plan, targetVersion }) => {
  if (targetVersion === null) return [];
  const { parameters } = plan.target;
  const family = familyOf(targetVersion);
  const known = await familyDefaults(rds, family);
  const findings: Finding[] = [];
  for (const name of Object.keys(parameters)) {
    const parameter = known.get(name);
    if (parameter === undefined)
      findings.push(
        blocker('parameter-unknown', `target.parameters.${name}: ${family} has none of that name; remove it`),
      );
    else if (parameter.IsModifiable !== true)
      findings.push(
        blocker('parameter-fixed', `target.parameters.${name}: AWS sets it itself in ${family}; remove it`),
      );
  }
  // Aurora forces TLS by default from 17 on, RDS already from 15 on.
  if (majorOf(targetVersion) < 17 && parameters['rds.force_ssl'] !== '1')
    findings.push(
      warning('tls-not-forced', `${family} lets clients in without TLS: set target.parameters.rds.force_ssl to "1"`),
    );
  return findings;
};
