import { z } from 'zod';

export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

export interface Run {
  /** The exit codes of the stages around the tests. Each counts as one. */
  stages: readonly number[];
  testExitCode: number;
  /** What the tests wrote, vitest's JSON report, if there is any. */
  report: string | undefined;
}

/**
 * Whatever went wrong counts as a failure at least once: tests that end with a failure though none of them
 * failed, a file of tests that cannot be loaded, a report that is missing or not to be read.
 */
export function countOutcome({ stages, testExitCode, report }: Run): Outcome {
  const failedStages = stages.filter((exitCode) => exitCode !== 0).length;
  const tests = countTests(report);
  const unexplained = testExitCode !== 0 && tests.failed === 0 ? 1 : 0;
  return {
    passed: stages.length - failedStages + tests.passed,
    failed: failedStages + tests.failed + unexplained,
    skipped: tests.skipped,
  };
}

function countTests(report: string | undefined): Outcome {
  const parsed = reportSchema.safeParse(parseJson(report));
  if (!parsed.success) return { passed: 0, failed: 1, skipped: 0 };
  const { data } = parsed;
  const brokenFiles = data.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  return {
    passed: data.numPassedTests,
    failed: data.numFailedTests + brokenFiles.length,
    skipped: data.numPendingTests + data.numTodoTests,
  };
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Such as `12 passed, 0 failed, 1 skipped`. */
export function outcomeLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
