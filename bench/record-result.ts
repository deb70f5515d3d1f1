import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import writeFileAtomic from 'write-file-atomic';

const FOLDER = fileURLToPath(new URL('../docs/benchmarks/', import.meta.url));

/** Keeps a result beside the others: all of it as JSON, and for people as Markdown; formatted as the project's files are. */
export async function recordResult(name: string, result: object, markdown: string, folder = FOLDER): Promise<void> {
  await mkdir(folder, { recursive: true });
  const texts = { [`${name}.json`]: JSON.stringify(result), [`${name}.md`]: markdown };
  for (const [file, text] of Object.entries(texts)) {
    const filepath = join(folder, file);
    await writeFileAtomic(filepath, await format(text, { ...(await resolveConfig(filepath)), filepath }));
  }
}

/** A table in Markdown. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
