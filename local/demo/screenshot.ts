/**
 * `node --import tsx local/demo/screenshot.ts --ui URL --out FILE [--tab timeline] [--until TEXT]
 * [--namespace NAME] [--run ID]`: takes a picture of a migration in the Temporal UI of a demo that runs, once the page shows TEXT.
 */
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { requiredOption } from '../app/required-option.ts';
import { toolPath } from '../setup/tools.mjs';
import { SOURCE } from './plan-file.ts';

/** Long enough for a run that has only begun. */
const LIMIT_MS = 120_000;

const { values } = parseArgs({
  options: {
    ui: { type: 'string' },
    out: { type: 'string' },
    namespace: { type: 'string', default: 'default' },
    tab: { type: 'string', default: 'timeline' },
    until: { type: 'string', default: 'move the writes' },
    run: { type: 'string', default: `daybreak/123456789012/eu-west-2/${SOURCE}/mindmeasure` },
  },
});
const path = ['namespaces', values.namespace, 'workflows', values.run].map(encodeURIComponent).join('/');
// Chromium refuses to run as root inside its sandbox; the only page it opens here is our own.
const browser = await chromium.launch({ executablePath: toolPath('chromium'), args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1360 }, deviceScaleFactor: 1 });
  // The UI leads a workflow's address on to its newest run.
  await page.goto(new URL(path, requiredOption(values, 'ui')).href, { timeout: LIMIT_MS });
  await page.waitForURL(/\/timeline$/, { timeout: LIMIT_MS });
  await page.goto(page.url().replace(/timeline$/, values.tab));
  await page.getByText(values.run).first().waitFor({ timeout: LIMIT_MS });
  await page.getByText(values.until).filter({ visible: true }).first().waitFor({ timeout: LIMIT_MS });
  await page.screenshot({ path: requiredOption(values, 'out'), fullPage: true });
} finally {
  await browser.close();
}
