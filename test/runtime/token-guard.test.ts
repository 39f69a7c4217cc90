import { beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { failure } from '../../src/runtime/kubernetes/api-answer.ts';
import type { ApiRequest, ApiTransport } from '../../src/runtime/kubernetes/api-transport.ts';
import { TokenGuard } from '../../src/runtime/kubernetes/token-guard.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const TOKENS: Readonly<Record<string, string>> = { good: 'prometheus', weak: 'somebody' };

const review = z.object({ spec: z.object({ token: z.string().optional(), user: z.string().optional() }) });

let clock: VirtualClock;
let asked: ApiRequest[];
let isReachable: boolean;
let mayRead: boolean;
let guard: TokenGuard;

beforeEach(() => {
  clock = new VirtualClock();
  asked = [];
  isReachable = true;
  mayRead = true;
  guard = new TokenGuard({ transport, clock, path: '/metrics' });
});

/** An API server that knows two tokens, of which one may read metrics. */
const transport: Pick<ApiTransport, 'request'> & ApiTransport = {
  request: async (request) => {
    asked.push(request);
    if (!isReachable) return failure('connection', 'gone');
    const { spec } = review.parse(request.body);
    if (request.path.endsWith('/tokenreviews')) {
      const username = TOKENS[spec.token ?? ''];
      return { ok: true, body: { status: { authenticated: username !== undefined, user: { username } } } };
    }
    return { ok: true, body: { status: { allowed: mayRead && spec.user === 'prometheus' } } };
  },
  watch: () => {
    throw new Error('nothing is watched');
  },
};

it.each([
  { authorization: 'Bearer good', admission: 'allowed' },
  { authorization: 'bearer good', admission: 'allowed' },
  { authorization: 'Bearer weak', admission: 'denied' },
  { authorization: 'Bearer forged', admission: 'unknown' },
  { authorization: 'Basic good', admission: 'unknown' },
  { authorization: 'Bearer ', admission: 'unknown' },
  { authorization: undefined, admission: 'unknown' },
])('takes $authorization as $admission', async ({ authorization, admission }) => {
  expect(await guard.admit(authorization)).toBe(admission);
});

it('lets nobody in while the API server cannot be asked, and asks again', async () => {
  isReachable = false;
  expect(await guard.admit('Bearer good')).toBe('unsure');
  isReachable = true;
  expect(await guard.admit('Bearer good')).toBe('allowed');
});

it('lets nobody in by an answer that it does not understand', async () => {
  const odd = new TokenGuard({
    transport: { ...transport, request: async () => ({ ok: true, body: { status: { allowed: true } } }) },
    clock,
    path: '/metrics',
  });
  expect(await odd.admit('Bearer forged')).toBe('unknown');
});

it('asks once for many scrapes, and notices within a minute that the right is gone', async () => {
  await Promise.all([guard.admit('Bearer good'), guard.admit('Bearer good')]);
  await guard.admit('Bearer good');
  expect(asked).toHaveLength(2);
  mayRead = false;
  await clock.advance(59_000);
  expect(await guard.admit('Bearer good')).toBe('allowed');
  await clock.advance(2000);
  expect(await guard.admit('Bearer good')).toBe('denied');
});

it('notices within seconds that a right was given', async () => {
  mayRead = false;
  expect(await guard.admit('Bearer good')).toBe('denied');
  mayRead = true;
  await clock.advance(11_000);
  expect(await guard.admit('Bearer good')).toBe('allowed');
});

it('does not keep the API server busy for those who guess', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, guess) => guard.admit(`Bearer guess-${guess}`)),
  );
  expect(answers.filter((answer) => answer === 'allowed')).toEqual([]);
  expect(asked.length).toBeLessThanOrEqual(4);
});
