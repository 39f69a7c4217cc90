import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countOutcome, outcomeLine } from '../../../tools/ci/outcome.ts';

const ok = [0, 0];

describe('countOutcome on reports that vitest wrote', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'outcome-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function runVitest(files: Record<string, string>): { testExitCode: number; report: string } {
    for (const [name, code] of Object.entries(files)) writeFileSync(join(directory, `${name}.test.js`), code);
    const report = join(directory, 'report.json');
    const vitest = resolve('node_modules/vitest/vitest.mjs');
    const options = [
      'run',
      '--globals',
      '--root',
      directory,
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    const { status } = spawnSync(process.execPath, [vitest, ...options], { cwd: directory });
    return { testExitCode: status ?? -1, report: readFileSync(report, 'utf8') };
  }

  it.each([
    {
      reason: 'tests and the two stages count one each',
      files: { a: "it('x', () => {}); it('y', () => {});", b: "it('z', () => {});" },
      outcome: { passed: 5, failed: 0, skipped: 0 },
    },
    {
      reason: 'tests that did not run are told apart',
      files: { a: "it('x', () => {}); it.skip('y', () => {}); it.todo('z');" },
      outcome: { passed: 3, failed: 0, skipped: 2 },
    },
    {
      reason: 'a failing test counts once, not for its suite and the exit code too',
      files: { a: "describe('s', () => { it('x', () => { throw new Error('no'); }); it('y', () => {}); });" },
      outcome: { passed: 3, failed: 1, skipped: 0 },
    },
    {
      reason: 'a file that cannot be loaded hides an unknown number of tests',
      files: { a: "throw new Error('broken');", b: "it('x', () => {});" },
      outcome: { passed: 3, failed: 1, skipped: 0 },
    },
    {
      reason: 'such a file counts beside tests that failed',
      files: { a: "throw new Error('broken');", b: "it('x', () => { throw new Error('no'); });" },
      outcome: { passed: 2, failed: 2, skipped: 0 },
    },
    {
      reason: 'a failing hook fails its suite even if every test passed',
      files: { a: "afterAll(() => { throw new Error('no'); }); it('x', () => {});" },
      outcome: { passed: 3, failed: 1, skipped: 0 },
    },
    {
      reason: 'an error outside of any test fails the run',
      files: { a: "it('x', () => { void Promise.reject(new Error('lost')); });" },
      outcome: { passed: 3, failed: 1, skipped: 0 },
    },
    {
      reason: 'a run without tests proves nothing',
      files: {},
      outcome: { passed: 2, failed: 1, skipped: 0 },
    },
  ])('$reason', ({ files, outcome }) => {
    expect(countOutcome({ stages: ok, ...runVitest(files) })).toEqual(outcome);
  });
});

describe('countOutcome without a usable report', () => {
  it.each([
    { reason: 'the tests crashed before they wrote it', report: undefined, testExitCode: 1 },
    {
      reason: 'a missing report is no success, whatever the exit code says',
      report: undefined,
      testExitCode: 0,
    },
    { reason: 'the machine stopped while it was written', report: '{"numPassedTests": 7', testExitCode: 0 },
    { reason: 'it is something else', report: '{"numPassedTests": 7}', testExitCode: 0 },
  ])('counts one failure: $reason', ({ report, testExitCode }) => {
    expect(countOutcome({ stages: ok, testExitCode, report })).toEqual({ passed: 2, failed: 1, skipped: 0 });
  });

  it('counts a failed stage beside it', () => {
    const outcome = countOutcome({ stages: [0, 2], testExitCode: 1, report: undefined });
    expect(outcome).toEqual({ passed: 1, failed: 2, skipped: 0 });
  });
});

describe('outcomeLine', () => {
  it('mentions skipped tests only if there are any', () => {
    expect(outcomeLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(outcomeLine({ passed: 12, failed: 3, skipped: 1 })).toBe('12 passed, 3 failed, 1 skipped');
  });
});
