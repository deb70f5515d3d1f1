import { ApiError } from '../../protocol/errors.ts';
import type { EngineName } from '../engines.ts';

/** A choice of the classes that both engines have in eu-west-2; the local servers are all the same size. */
export const INSTANCE_CLASSES: Readonly<Record<EngineName, readonly string[]>> = {
  postgres: [
    'db.t3.micro',
    'db.t3.small',
    'db.t3.medium',
    'db.t4g.micro',
    'db.t4g.small',
    'db.t4g.medium',
    'db.t4g.large',
    'db.m5.large',
    'db.m6g.large',
    'db.m7g.large',
    'db.r5.large',
    'db.r6g.large',
    'db.r6g.xlarge',
    'db.r7g.large',
  ],
  'aurora-postgresql': [
    'db.serverless',
    'db.t3.medium',
    'db.t4g.medium',
    'db.t4g.large',
    'db.r5.large',
    'db.r6g.large',
    'db.r6g.xlarge',
    'db.r6g.2xlarge',
    'db.r7g.large',
  ],
};

export function validClass(engine: EngineName, instanceClass: string | undefined): string {
  if (instanceClass !== undefined && INSTANCE_CLASSES[engine].includes(instanceClass)) return instanceClass;
  throw new ApiError('InvalidParameterValue', `Invalid DB Instance class: ${instanceClass}`);
}
