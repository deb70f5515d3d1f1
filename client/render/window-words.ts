import type { Window } from '../../model/window.ts';

/** `sat, sun between 22:00 and 04:00 Europe/London` */
export const windowWords = ({ days, from, to, timezone }: Window): string =>
  `${days.join(', ')} between ${from} and ${to} ${timezone}`;
