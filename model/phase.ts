/** The five phases, in order. Cutover and soak are sections between verification and cleanup. */
export const PHASES = ['setup', 'data', 'application', 'verification', 'cleanup'] as const;
export type PhaseName = (typeof PHASES)[number];

/** What the timeline shows: the phases and the sections between them. */
export const SECTIONS = [
  'setup',
  'data',
  'application',
  'verification',
  'approval',
  'cutover',
  'soak',
  'cleanup',
] as const;
export type SectionName = (typeof SECTIONS)[number];
