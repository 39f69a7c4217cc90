import { describe, expect, it } from 'vitest';
import { Secrets } from '../../src/cluster/secrets.ts';
import type { ApiAnswer } from '../../src/runtime/kubernetes/api-answer.ts';
import type { ApiTransport } from '../../src/runtime/kubernetes/api-transport.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const SECRET = { namespace: 'shop', name: 'alb' };

function stored(data: unknown): ApiAnswer {
  const metadata = { namespace: 'shop', name: 'alb', uid: 'uid-1', resourceVersion: '7' };
  return { ok: true, body: { apiVersion: 'v1', kind: 'Secret', metadata, data } };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** An API server that holds one Secret, and says which paths were asked for. */
function world(answer: ApiAnswer) {
  const asked: string[] = [];
  const server = { answer };
  const transport: ApiTransport = {
    request: async ({ path }) => {
      asked.push(path);
      return server.answer;
    },
    watch: () => {
      throw new Error('nobody watches Secrets');
    },
  };
  const clock = new VirtualClock();
  return { asked, server, clock, secrets: new Secrets(transport, clock) };
}

describe('a Secret', () => {
  it('is read by its name, and of it only what makes credentials', async () => {
    const { secrets, asked } = world(
      stored({ accessKeyId: base64('id\n'), roleArn: base64('acs:ram::1:role/a'), password: base64('no') }),
    );
    expect(await secrets.read(SECRET, 'recent')).toEqual({
      found: 'secret',
      data: new Map([
        ['accessKeyId', 'id\n'],
        ['roleArn', 'acs:ram::1:role/a'],
      ]),
    });
    expect(asked).toEqual(['/api/v1/namespaces/shop/secrets/alb']);
  });

  it('is asked for once by all who come within seconds, and at once by who needs the latest', async () => {
    const { secrets, asked, server, clock } = world(stored({ accessKeyId: base64('one') }));
    await Promise.all([secrets.read(SECRET, 'recent'), secrets.read(SECRET, 'recent')]);
    expect(asked).toHaveLength(1);
    server.answer = stored({ accessKeyId: base64('two') });
    await clock.advance(4999);
    expect(await secrets.read(SECRET, 'recent')).toMatchObject({ data: new Map([['accessKeyId', 'one']]) });
    expect(await secrets.read(SECRET, 'latest')).toMatchObject({ data: new Map([['accessKeyId', 'two']]) });
    await clock.advance(5000);
    await secrets.read(SECRET, 'recent');
    expect(asked).toHaveLength(3);
  });

  it.each<{ reason: string; answer: ApiAnswer; found: string; says: string }>([
    {
      reason: 'there is none',
      answer: {
        ok: false,
        error: { kind: 'notFound', status: 404, reason: 'NotFound', message: 'not found' },
      },
      found: 'nothing',
      says: 'There is no Secret shop/alb',
    },
    {
      reason: 'nobody gave the right to read it',
      answer: { ok: false, error: { kind: 'forbidden', status: 403, reason: 'Forbidden', message: 'no' } },
      found: 'nothing',
      says: 'give the operator the right to get it, with a Role as in deploy/samples/credentials.yaml',
    },
    {
      reason: 'a value is so long that it would fill the memory',
      answer: stored({ accessKeyId: base64('id'), securityToken: base64('x'.repeat(8193)) }),
      found: 'nothing',
      says: 'The value of securityToken in Secret shop/alb is longer than 8192 characters',
    },
    {
      reason: 'the API server does not answer, which says nothing of the Secret',
      answer: { ok: false, error: { kind: 'timeout', message: 'no answer in time' } },
      found: 'unread',
      says: 'no answer in time',
    },
  ])('is not there for a reason that people can mend: $reason', async ({ answer, found, says }) => {
    const reading = await world(answer).secrets.read(SECRET, 'recent');
    expect(reading.found).toBe(found);
    expect(JSON.stringify(reading)).toContain(says);
  });

  it('without a name is not asked for: that path would be the list of all Secrets', async () => {
    const { secrets, asked } = world(stored({}));
    expect(await secrets.read({ namespace: 'shop', name: '' }, 'recent')).toMatchObject({ found: 'nothing' });
    expect(asked).toEqual([]);
  });

  it('with data that are none is one without them', async () => {
    const { secrets } = world(stored(['accessKeyId']));
    expect(await secrets.read(SECRET, 'recent')).toEqual({ found: 'secret', data: new Map() });
  });
});
