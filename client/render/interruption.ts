import { totalInterruptionMs, type SourceReboot } from '../../model/source-preparation.ts';
import { span } from '../../model/span.ts';

/** The whole of what clients were and will be kept waiting: a pause is never named alone where the source was rebooted for it. */
export function interruption(
  { sourceReboot }: { readonly sourceReboot?: SourceReboot },
  pauseMs: number,
): [string, string][] {
  if (sourceReboot?.interruptionMs === undefined || sourceReboot.interruptionMs === null) return [];
  return [
    [
      'in all',
      `${span(totalInterruptionMs(pauseMs, sourceReboot))} of interruption: the reboot of the source, ${span(sourceReboot.interruptionMs)} as measured, and this pause`,
    ],
  ];
}
