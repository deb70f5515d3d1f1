import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    // Temporal's native worker and PostgreSQL children bound to their parent's life need a process, not a thread.
    pool: 'forks',
    // A process takes one file after the other and keeps the modules it has loaded: to load Temporal, zod and pg anew costs a file a second.
    // What a file changes in its process (variables, spies, servers) it therefore undoes.
    isolate: false,
    // Three more than a small machine has cores: a file often waits, for a server to start or a limit to pass.
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
    // In CI a test of real processes that fails once is run once more; one that fails twice has failed. The report counts both.
    retry: process.env['CI'] === undefined ? 0 : 1,
    // Real servers start in these times, with room for a loaded machine; no test waits this long when it passes.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', ['json', { outputFile: '.cache/vitest.json' }]],
  },
});
