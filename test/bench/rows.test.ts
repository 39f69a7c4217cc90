import { expect, it } from 'vitest';
import { Rows } from './rows.ts';

it('a row that fails is reported as missed, and the next one is measured', async () => {
  const printed: string[] = [];
  const rows = new Rows((line) => printed.push(line));
  const missed = await rows.row('delete to all gone', () => Promise.reject(new Error('not all in 120 s')));
  const measured = await rows.row('start to /readyz', async () => ({ value: 412, text: '412 ms' }));
  expect({ missed, measured }).toEqual({ missed: undefined, measured: 412 });
  expect(printed).toEqual(['delete to all gone: missed: not all in 120 s', 'start to /readyz: 412 ms']);
  expect(rows.verdict).toEqual({ passed: false, line: '1 rows measured, 1 missed' });
});

it('rows that are all measured are a pass', async () => {
  const rows = new Rows(() => {});
  await rows.row('start to /readyz', async () => ({ value: 412, text: '412 ms' }));
  expect(rows.verdict).toEqual({ passed: true, line: '1 rows measured' });
});
