import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../workflows/ui.ts';
import type { Temporal } from './temporal.ts';

/** What `list` and the Temporal UI can filter migrations by; all are keywords. */
const NAMES = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);

const KEYWORD = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

export interface SearchAttributes {
  readonly made: readonly string[];
  readonly missing: readonly string[];
  /** Why those missing could not be made; null when none is. */
  readonly reason: string | null;
}

/** Makes what the namespace lacks, where this worker may; else says so. Migrations run without them all the same. */
export async function ensureSearchAttributes({ connection, namespace }: Temporal): Promise<SearchAttributes> {
  let missing: readonly string[] = NAMES;
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    missing = NAMES.filter((name) => customAttributes?.[name] !== KEYWORD);
    if (missing.length > 0)
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
      });
    return { made: missing, missing: [], reason: null };
  } catch (error) {
    return { made: [], missing, reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}

/** What an operator with the right to do so has to run. */
export const searchAttributeCommand = (namespace: string, missing: readonly string[]): string =>
  `temporal operator search-attribute create -n ${namespace} ${missing.map((name) => `--name ${name} --type Keyword`).join(' ')}`;
