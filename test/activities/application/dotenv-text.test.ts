import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findAssignment, replaceAssignment, writtenAs } from '../../../activities/application/dotenv-text.ts';

const word = fc.stringMatching(/^[a-z0-9.:/@-]{1,12}$/);
const quoted = fc
  .tuple(fc.constantFrom('"', "'"), fc.stringMatching(/^[a-zA-Z0-9 #=\n.-]{0,20}$/))
  .map(([quote, text]) => `${quote}${text}${quote}`);
const comment = fc.constantFrom('', ' # a comment', '  # KEY=no');
/** Lines of other keys and comments, some looking like ours. Left out is what Node itself reads wrongly: blank lines of spaces, tabs before a comment. */
const other = fc.oneof(
  fc
    .tuple(fc.constantFrom('A', 'OTHER_KEY', 'KEY2'), fc.oneof(word, quoted), comment)
    .map((parts) => `${parts[0]}=${parts[1]}${parts[2]}`),
  fc.constantFrom('', '# KEY=comment', 'export B=1'),
);
const ours = fc
  .tuple(fc.constantFrom('', 'export ', '  '), fc.oneof(word, quoted), comment)
  .map(([before, value, after]) => ({ line: `${before}KEY=${value}${after}`, value }));
const file = fc.record({
  before: fc.array(other, { maxLength: 4 }),
  ours,
  after: fc.array(other, { maxLength: 4 }),
  end: fc.constantFrom('\n', '\r\n'),
});

const textOf = ({
  before,
  ours: { line },
  after,
  end,
}: {
  before: string[];
  ours: { line: string };
  after: string[];
  end: string;
}) => [...before, line, ...after, ''].join(end);

test('whatever else stands in the file, the key is found as Node reads it, and only its value changes', () => {
  fc.assert(
    fc.property(file, word, (each, host) => {
      const text = textOf(each);
      const found = findAssignment('.env', text, 'KEY');
      expect(found.written).toBe(each.ours.value);
      const changed = replaceAssignment(text, found, writtenAs(host, found));
      const again = findAssignment('.env', changed, 'KEY');
      expect(again.content).toBe(host);
      expect(replaceAssignment(changed, again, found.written)).toBe(text);
      expect(parseEnv(changed)).toEqual({ ...parseEnv(text), KEY: host });
    }),
    { numRuns: 500 },
  );
});
