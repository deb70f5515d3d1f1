import type { Finding } from '../../model/finding.ts';
import { compareVersions, creatableVersions, isOrderable, majorOf, type Creatable } from '../rds/versions.ts';
import { blocker, listed, warning, type Subject } from './subject.ts';

export interface ResolvedTarget {
  /** The exact version to create, or null with a blocker that says why there is none. */
  readonly version: string | null;
  readonly findings: readonly Finding[];
}

/** Resolves the plan's `engineVersion` against what AWS sells today. */
export async function resolveTarget({ rds, plan }: Subject, sourceVersion: string): Promise<ResolvedTarget> {
  const { engineVersion, instanceClass } = plan.target;
  const sold = await creatableVersions(rds, majorOf(engineVersion));
  const fit = fitting(engineVersion, sourceVersion, sold);
  if ('blocked' in fit) return { version: null, findings: [blocker('target-version', fit.blocked)] };
  for (const candidate of fit.candidates)
    if (await isOrderable(rds, candidate.version, instanceClass))
      return { version: candidate.version, findings: [...fit.findings, ...capacity(plan.target, candidate)] };
  const versions = listed(fit.candidates.map(({ version }) => version));
  return {
    version: null,
    findings: [
      blocker('class-not-orderable', `${instanceClass} is not sold with Aurora PostgreSQL ${versions}: choose another`),
    ],
  };
}

type Fit = { readonly blocked: string } | { readonly candidates: readonly Creatable[]; readonly findings: Finding[] };

function fitting(wanted: string, sourceVersion: string, sold: readonly Creatable[]): Fit {
  const at = `target.engineVersion ${wanted}`;
  if (majorOf(wanted) < majorOf(sourceVersion))
    return { blocked: `${at} is older than the source's ${sourceVersion}: wanted the same major or a newer one` };
  const [newest] = sold;
  if (newest === undefined) return { blocked: `${at} cannot be created here: AWS offers no such major for Aurora` };
  if (wanted.includes('.')) return exactly(wanted, sourceVersion, sold);
  const candidates = sold.filter(({ version }) => compareVersions(version, sourceVersion) >= 0);
  if (candidates.length > 0) return { candidates, findings: [] };
  return {
    blocked: `${at}: the newest Aurora offers is ${newest.version}, the source has ${sourceVersion}; name ${newest.version} to take it all the same`,
  };
}

function exactly(wanted: string, sourceVersion: string, sold: readonly Creatable[]): Fit {
  const candidates = sold.filter(({ version }) => version === wanted);
  if (candidates.length === 0)
    return {
      blocked: `target.engineVersion ${wanted} cannot be created: AWS offers ${listed(sold.map(({ version }) => version))}`,
    };
  if (compareVersions(wanted, sourceVersion) >= 0) return { candidates, findings: [] };
  const why = `target.engineVersion ${wanted} is an older minor than the source's ${sourceVersion}: fixes may be missing`;
  return { candidates, findings: [warning('target-minor-older', why)] };
}

function capacity(target: Subject['plan']['target'], { version, minAcu, maxAcu }: Creatable): Finding[] {
  if (target.instanceClass !== 'db.serverless' || minAcu === null || maxAcu === null) return [];
  if (target.minAcu >= minAcu && target.maxAcu <= maxAcu) return [];
  return [
    blocker(
      'capacity-range',
      `target capacity ${target.minAcu} to ${target.maxAcu} ACU: ${version} takes ${minAcu} to ${maxAcu}; correct minAcu and maxAcu`,
    ),
  ];
}
