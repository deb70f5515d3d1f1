import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Where a running cloud is, written into its root once it answers. */
const address = z.object({
  pid: z.number(),
  /** For AWS_ENDPOINT_URL_RDS. */
  endpoint: z.string(),
  /** For AWS_ENDPOINT_URL_SECRETS_MANAGER. */
  secretsEndpoint: z.string(),
  control: z.string(),
  region: z.string(),
  account: z.string(),
  /** PEM of the CA of every server. */
  caFile: z.string(),
});
export type Address = z.infer<typeof address>;

export function addressFile(root: string): string {
  return join(root, 'cloud.json');
}

/** The address of the cloud in `root`; it may have been killed since it was written. */
export function readAddress(root: string): Address | undefined {
  const file = addressFile(root);
  return existsSync(file) ? address.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

/** Whether that cloud answers. */
export async function answers({ control }: Address): Promise<boolean> {
  try {
    return (await fetch(`${control}/status`)).ok;
  } catch {
    return false; // nobody listens
  }
}
