import { SEARCH_ATTRIBUTES } from '../../workflows/ui.ts';
import type { Temporal } from './connect.ts';

/** What a run writes for the lists of the Temporal UI, all of type Keyword. */
const NAMES = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);

/** Which of them the namespace lacks. A run that used a missing one would repeat its workflow task for ever. */
export async function missingSearchAttributes({ connection, namespace, within }: Temporal): Promise<string[]> {
  const { customAttributes } = await within(() => connection.operatorService.listSearchAttributes({ namespace }));
  return NAMES.filter((name) => !Object.hasOwn(customAttributes ?? {}, name));
}

/** The command that makes them. */
export const createCommand = (missing: readonly string[], namespace: string): string =>
  `temporal operator search-attribute create --namespace ${namespace} ${missing.map((name) => `--name ${name} --type Keyword`).join(' ')}`;
