import { describe, expect, it } from 'vitest';
import type { AlbErrorClass } from '../../src/alb/error.ts';
import { decideUnreadable } from '../../src/listener/decide-unreadable.ts';
import type { Reason } from '../../src/listener/reason.ts';
import { summarise } from '../../src/listener/summary.ts';
import { turnedAway } from '../../src/listener/turned-away.ts';
import { sampleError, sampleObject } from './sample.ts';

/** An object whose status says this of the generation before it, or of its own. */
function told(reason: Reason, { generation = 1 } = {}) {
  const status = summarise(sampleObject(), {}, { reason, message: 'Told before.' }, 0);
  return sampleObject({ status, generation });
}

const cases: readonly {
  readonly reason: string;
  readonly object: ReturnType<typeof told>;
  readonly error: AlbErrorClass;
  readonly tells: boolean;
}[] = [
  {
    reason: 'a new manifest: a person reads why nothing happens yet',
    object: sampleObject(),
    error: 'busy',
    tells: true,
  },
  {
    reason: 'an edit is told of, too',
    object: told('Running', { generation: 2 }),
    error: 'throttled',
    tells: true,
  },
  { reason: 'it still waits: nothing is new', object: told('LoadBalancerBusy'), error: 'busy', tells: false },
  {
    reason: 'another obstacle on the same way',
    object: told('LoadBalancerBusy'),
    error: 'throttled',
    tells: false,
  },
  { reason: 'the way it is on says more', object: told('Updating'), error: 'listenerBusy', tells: false },
  { reason: 'what a person must do stays told', object: told('CreateFailed'), error: 'busy', tells: false },
  {
    reason: 'no waiting in line: the cloud is ill',
    object: told('Updating'),
    error: 'unavailable',
    tells: true,
  },
  {
    reason: 'no waiting in line: it was refused',
    object: told('Updating'),
    error: 'quotaExceeded',
    tells: true,
  },
];

describe('a call that has to wait in line is told once', () => {
  it.each(cases)('$reason', ({ object, error, tells }) => {
    const after = turnedAway(object, sampleError(error, { retryAfterMs: 1700 }));
    expect(after.after).toBe(tells ? 'summarise' : 'leave');
    expect(after).toMatchObject({ again: { when: 'after', ms: 1700 } });
  });

  it.each(cases)('also when it is a look: $reason', ({ object, error, tells }) => {
    expect(decideUnreadable(object, sampleError(error)).do).toBe(tells ? 'report' : 'keepStatus');
  });

  it('a difference that cannot be corrected yet ends Running, since that is no longer true', () => {
    expect(turnedAway(told('Running'), sampleError('busy')).after).toBe('summarise');
  });

  it('a look that cannot be taken does not', () => {
    expect(decideUnreadable(told('Running'), sampleError('busy')).do).toBe('keepStatus');
  });

  it('a place that does not answer is told once, whichever call was the first to find out', () => {
    const heldBack = sampleError('unavailable', { notSent: true, operation: '', retryAfterMs: 700 });
    expect(turnedAway(told('Updating'), heldBack).after).toBe('summarise');
    expect(turnedAway(told('CloudUnavailable'), heldBack).after).toBe('leave');
    expect(turnedAway(told('CloudUnavailable', { generation: 2 }), heldBack).after).toBe('summarise');
    expect(decideUnreadable(told('CloudUnavailable'), heldBack).do).toBe('keepStatus');
    expect(decideUnreadable(told('CloudUnavailable'), sampleError('unavailable')).do).toBe('report');
  });

  it('says of a call that was not sent that it was not', () => {
    const error = sampleError('busy', { notSent: true, message: 'Others go first.' });
    expect(turnedAway(sampleObject(), error)).toMatchObject({
      finding: { message: 'CreateListener was not sent. Others go first.' },
    });
  });
});
