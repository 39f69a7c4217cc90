/**
 * `node tools/ci/count.ts REPORT TEST_EXIT_CODE STAGE_EXIT_CODE…`: prints what passed and failed in a run of
 * .ci/run, and ends with 1 if anything failed. REPORT is the JSON report of the tests.
 */
import { existsSync, readFileSync } from 'node:fs';
import { countOutcome, outcomeLine } from './outcome.ts';

const [reportFile, testExitCode, ...stages] = process.argv.slice(2);
if (reportFile === undefined || testExitCode === undefined) {
  throw new Error('Usage: node tools/ci/count.ts REPORT TEST_EXIT_CODE STAGE_EXIT_CODE…');
}

const outcome = countOutcome({
  stages: stages.map(Number),
  testExitCode: Number(testExitCode),
  report: existsSync(reportFile) ? readFileSync(reportFile, 'utf8') : undefined,
});
console.log(outcomeLine(outcome));
process.exitCode = outcome.failed > 0 ? 1 : 0;
