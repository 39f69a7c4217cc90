import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeError, explainError, explainFailure } from '../../src/listener/error-policy.ts';
import { ramActionOf } from '../../src/listener/ram-action.ts';
import { sampleError } from './sample.ts';

const policySchema = z.object({ Statement: z.array(z.object({ Action: z.array(z.string()) })) });

function actionsOf(policy: string): readonly string[] {
  const text = readFileSync(new URL(`../../deploy/ram/${policy}.json`, import.meta.url), 'utf8');
  return policySchema.parse(JSON.parse(text)).Statement.flatMap(({ Action }) => Action);
}

describe('a call that the credentials do not allow', () => {
  const error = sampleError('permission', { code: 'Forbidden.RAM' });

  it('names the RAM action that is missing, wherever it is told', () => {
    const action = 'It needs the RAM action alb:CreateListener.';
    expect(describeError(error)).toContain(action);
    expect(explainError(error, 'Forbidden')).toContain(`${action} Grant the RAM action named here`);
    expect(explainFailure(error, 'CreateFailed')).toContain(action);
  });

  it.each(actionsOf('manage'))('is named as the shipped policy grants it: %s', (action) => {
    expect(ramActionOf(action.replace('alb:', ''))).toBe(action);
  });

  it('of STS is an action of STS', () => {
    expect(ramActionOf('AssumeRole')).toBe('sts:AssumeRole');
  });

  it('is the only error that names one', () => {
    expect(describeError(sampleError('quotaExceeded'))).not.toContain('RAM action');
  });
});
