import type { Progress } from '../../model/progress.ts';
import { followsBack } from '../../model/strategy.ts';
import { amount } from '../../model/amount.ts';
import { paragraph } from './columns.ts';
import type { Look } from './look.ts';

/** What going back means now, before it is asked for. */
export const rollbackScreen = (progress: Progress, look: Look): string[] => paragraph(meaning(progress), look.width);

function meaning({ source, target, wayBack, handOvers, strategy, feedsBack }: Progress): string {
  if (handOvers.at(-1)?.direction !== 'source-to-target')
    return `${target} has not taken writes: everything this run made is undone, ${source} stays what it is, nothing is lost.`;
  const back = `${target} takes the writes. Going back stops them, opens ${source} again and turns the switches back.`;
  const follows = followsBack({ strategy, feedsBack });
  if (follows && wayBack?.trouble != null)
    return `${back} The way back is NOT SAFE: ${wayBack.trouble}. The answer says whether it can be gone without a loss.`;
  if (follows)
    return `${back} ${source} has followed since it opened: every write comes along, and what changed since is compared first.`;
  const writes = wayBack?.writesAtRisk ?? null;
  if (writes === 0)
    return `${back} No write was counted on ${target} since it opened; it is counted again behind the fence.`;
  const cost =
    writes === null
      ? 'What the target has taken since it opened'
      : `${amount(writes)} row changes the target has taken`;
  return `${back} ${cost} will be LOST: they are not carried over. --accept-loss says that this is meant.`;
}
