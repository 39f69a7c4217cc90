import { defineConfig } from 'vitest/config';

// A vitest started outside npm takes the machine's own Node. Without this, the first sign of an older one
// is an unreadable failure deep inside a dependency.
const nodeMajor = Number.parseInt(process.versions.node, 10);
if (nodeMajor < 24) {
  throw new Error(
    `The tests need Node 24 or newer, this is Node ${process.versions.node}. ` +
      'Start them through npm, which uses the pinned Node: `npm test`, or `npx vitest run test/…`.',
  );
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          // Most tests take milliseconds. These limits only end a test that hangs: how fast the machine is decides
          // nothing, so no test sets a shorter one. What a test says about time it says on a virtual clock.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          // Only ends what hangs: a test waits as test/support/patience.ts says.
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // The shared kube-apiserver and some tests' own ones need the processor too.
          maxWorkers: 2,
        },
      },
    ],
  },
});
