import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** One paragraph wrapped at words; a word longer than the line (a digest, an ARN) is broken, never cut short. */
export function paragraph(text: string, width: number, indent = 0): string[] {
  const margin = ' '.repeat(indent);
  return wrapAnsi(text, width - indent, { hard: true })
    .split('\n')
    .map((line) => `${margin}${line}`.trimEnd());
}

/** Labels on the left, wrapped text on the right: `  until   2026-11-22 18:00 UTC`. */
export function facts(rows: readonly (readonly [label: string, text: string])[], width: number): string[] {
  const indent = 4 + Math.max(...rows.map(([label]) => stringWidth(label)));
  return rows.flatMap(([label, text]) => {
    const [first = '', ...rest] = paragraph(text, width, indent);
    return [`${pad(`  ${label}`, indent)}${first.slice(indent)}`.trimEnd(), ...rest];
  });
}

/** Fills up with spaces to a column. */
export const pad = (text: string, width: number): string =>
  `${text}${' '.repeat(Math.max(0, width - stringWidth(text)))}`;
