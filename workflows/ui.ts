import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { SectionName } from '../model/phase.ts';
import type { Progress } from '../model/progress.ts';
import { currentDetails } from './current-details.ts';

/** What the Temporal UI lists and filters by; the worker makes them where it may. */
export const SEARCH_ATTRIBUTES = {
  phase: defineSearchAttributeKey('MigrationPhase', 'KEYWORD'),
  status: defineSearchAttributeKey('MigrationStatus', 'KEYWORD'),
  strategy: defineSearchAttributeKey('MigrationStrategy', 'KEYWORD'),
  source: defineSearchAttributeKey('SourceInstance', 'KEYWORD'),
  target: defineSearchAttributeKey('TargetCluster', 'KEYWORD'),
} as const;

/** Brings the Temporal UI up to date. An upsert is an event, so only what differs is sent. */
export function show(progress: Progress, section: SectionName, searchAttributes: boolean): void {
  setCurrentDetails(currentDetails(progress));
  if (!searchAttributes) return;
  const known = workflowInfo().typedSearchAttributes;
  const wanted: SearchAttributePair[] = [
    { key: SEARCH_ATTRIBUTES.phase, value: section },
    { key: SEARCH_ATTRIBUTES.status, value: progress.status },
    { key: SEARCH_ATTRIBUTES.strategy, value: progress.strategy },
    { key: SEARCH_ATTRIBUTES.source, value: progress.source },
    { key: SEARCH_ATTRIBUTES.target, value: progress.target },
  ];
  const changed = wanted.filter(({ key, value }) => known.get(key) !== value);
  if (changed.length > 0) upsertSearchAttributes(changed);
}
