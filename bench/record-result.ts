import { execa } from 'execa';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import writeFileAtomic from 'write-file-atomic';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(PROJECT, 'docs', 'benchmarks');

/** Keeps a result beside the others: all of it as JSON, and for people as Markdown; formatted as the project's files are. */
export async function recordResult(name: string, result: object, markdown: string, folder = FOLDER): Promise<void> {
  await mkdir(folder, { recursive: true });
  const [json, text] = [join(folder, `${name}.json`), join(folder, `${name}.md`)];
  await writeFileAtomic(json, JSON.stringify(result));
  await writeFileAtomic(text, markdown);
  const config = join(PROJECT, '.prettierrc.json');
  await execa('prettier', ['--write', '--config', config, json, text], { preferLocal: true, localDir: PROJECT });
}

/** A table in Markdown; a bar within a cell does not end it. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
