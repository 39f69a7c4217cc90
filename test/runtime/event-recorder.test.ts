import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '../../src/runtime/clock.ts';
import type { EventNote } from '../../src/runtime/event-recorder.ts';
import { EventRecorder } from '../../src/runtime/event-recorder.ts';
import type { ApiTransport } from '../../src/runtime/kubernetes/api-transport.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { apiContact } from '../support/api-contact.ts';
import { eventually } from '../support/eventually.ts';
import { configMap } from '../support/kube-objects.ts';
import { matching } from '../support/matchers.ts';
import type { RecordingLogger } from '../support/recording-logger.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import type { ScriptedServer } from '../support/scripted-server.ts';
import { json, reset, silence, startScriptedServer } from '../support/scripted-server.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const about = configMap({ name: 'a', resourceVersion: '7' });
const created: EventNote = { type: 'Normal', reason: 'Created', action: 'Create', note: 'it is there' };
const failed = (n: number): EventNote => ({
  type: 'Warning',
  reason: 'Failed',
  action: 'Create',
  note: `try ${n}`,
});

let server: ScriptedServer;
let clock: VirtualClock;
let logger: RecordingLogger;
let transport: Transport;
let recorder: EventRecorder;

function recorderOver(over: ApiTransport): EventRecorder {
  return new EventRecorder({
    transport: over,
    reportingController: 'example.com/operator',
    reportingInstance: 'operator-0',
    clock,
    random: seededRandom(1),
    contact: apiContact({ clock, logger }),
    logger,
  });
}

beforeEach(async () => {
  server = await startScriptedServer();
  server.otherwise(json({}, 201));
  clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0, 5));
  logger = recordingLogger();
  const connection = { server: server.url, credentials: async () => ({ headers: {}, tls: {} }) };
  transport = new Transport({ connection, userAgent: 'the-tests', clock });
  recorder = recorderOver(transport);
});

afterEach(async () => {
  await transport.close();
  await server.close();
});

function written(): { method: string; path: string; body: unknown }[] {
  return server.requests.map(({ method, path, body: text }) => {
    const body: unknown = JSON.parse(text);
    return { method, path, body };
  });
}

describe('an event', () => {
  it('is written with all that events.k8s.io/v1 asks for', async () => {
    recorder.record(about, created);
    await recorder.flush();
    expect(written()).toEqual([
      {
        method: 'POST',
        path: '/apis/events.k8s.io/v1/namespaces/default/events',
        body: {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: { namespace: 'default', name: matching(/^a-[0-9a-f]{16}$/) },
          eventTime: '2026-11-23T12:00:00.005000Z',
          ...created,
          regarding: {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            namespace: 'default',
            name: 'a',
            uid: 'uid-of-a',
            resourceVersion: '7',
          },
          reportingController: 'example.com/operator',
          reportingInstance: 'operator-0',
        },
      },
    ]);
  });

  it.each([
    { note: 'x'.repeat(2000), kept: 'x'.repeat(1024), reason: 'one byte a character' },
    { note: 'ä'.repeat(600), kept: 'ä'.repeat(512), reason: 'two bytes' },
    {
      note: `xx${'漢'.repeat(400)}`,
      kept: `xx${'漢'.repeat(340)}`,
      reason: 'three bytes, cut inside a character',
    },
  ])('has its note cut to 1024 bytes: $reason', async ({ note, kept }) => {
    recorder.record(about, { ...created, note });
    await recorder.flush();
    expect(written()).toMatchObject([{ body: { note: kept } }]);
  });

  it.each([
    { reason: 'it is cut within a word', name: 'n'.repeat(253), expected: /^n{236}-[0-9a-f]{16}$/ },
    {
      reason: 'no part of a name ends with a period and a hyphen',
      name: `${'n'.repeat(235)}.${'m'.repeat(17)}`,
      expected: /^n{235}-[0-9a-f]{16}$/,
    },
  ])('has a valid name although the object’s is as long as can be: $reason', async ({ name, expected }) => {
    recorder.record(configMap({ name }), created);
    await recorder.flush();
    expect(written()).toMatchObject([{ body: { metadata: { name: matching(expected) } } }]);
  });
});

describe('the same event again', () => {
  it('counts up a series', async () => {
    for (let minute = 0; minute < 3; minute += 1) {
      recorder.record(about, created);
      await recorder.flush();
      await clock.advance(60_000);
    }
    const [first, ...others] = written();
    expect(first?.method).toBe('POST');
    expect(others).toMatchObject([
      { method: 'PATCH', body: { series: { count: 2, lastObservedTime: '2026-11-23T12:01:00.005000Z' } } },
      { method: 'PATCH', body: { series: { count: 3, lastObservedTime: '2026-11-23T12:02:00.005000Z' } } },
    ]);
    expect(others[0]?.path).toMatch(
      /^\/apis\/events.k8s.io\/v1\/namespaces\/default\/events\/a-[0-9a-f]{16}$/,
    );
  });

  it.each([
    { wait: 359_999, methods: ['POST', 'PATCH'], reason: 'within six minutes it is the same series' },
    { wait: 360_000, methods: ['POST', 'POST'], reason: 'after six minutes it is news' },
  ])('$reason', async ({ wait, methods }) => {
    recorder.record(about, created);
    await recorder.flush();
    await clock.advance(wait);
    recorder.record(about, created);
    await recorder.flush();
    expect(written().map(({ method }) => method)).toEqual(methods);
  });

  it('is made anew when the first one is no more', async () => {
    server.next(json({}, 201), json({}, 404), json({}, 201));
    recorder.record(about, created);
    recorder.record(about, created);
    await recorder.flush();
    expect(written().map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST']);
  });

  it('is another event when it is about another object, or says something else', async () => {
    recorder.record(about, created);
    recorder.record(configMap({ name: 'b' }), created);
    recorder.record(about, { ...created, note: 'something else' });
    await recorder.flush();
    expect(written().map(({ method }) => method)).toEqual(['POST', 'POST', 'POST']);
  });
});

describe('too many events', () => {
  it('about one object are dropped after 25, and one more is let through every five minutes', async () => {
    for (let n = 0; n < 40; n += 1) recorder.record(about, failed(n));
    recorder.record(configMap({ name: 'b' }), created);
    await recorder.flush();
    expect(server.requests).toHaveLength(26);

    await clock.advance(300_000);
    for (let n = 40; n < 50; n += 1) recorder.record(about, failed(n));
    await recorder.flush();
    expect(server.requests).toHaveLength(27);
  });

  it('of one series are counted on, and told with the next write', async () => {
    for (let n = 0; n < 40; n += 1) recorder.record(about, created);
    await recorder.flush();
    expect(server.requests).toHaveLength(25);
    await clock.advance(300_000);
    recorder.record(about, created);
    await recorder.flush();
    expect(written().at(-1)).toMatchObject({ method: 'PATCH', body: { series: { count: 41 } } });
  });

  it('at once are dropped beyond a thousand that wait', async () => {
    for (let n = 0; n < 1500; n += 1) recorder.record(configMap({ name: `n${n}` }), created);
    await recorder.flush();
    expect(server.requests).toHaveLength(1000);
    recorder.record(about, created);
    await recorder.flush();
    expect(server.requests).toHaveLength(1001);
  });
});

const WRITE_MS = 100;

/** A recorder whose API server takes 100 ms for each write, and the paths of the writes that are over. */
function slowApiServer() {
  const paths: string[] = [];
  const transport: ApiTransport = {
    request: async ({ path }) => {
      await sleep(clock, WRITE_MS);
      paths.push(path);
      return { ok: true, body: {} };
    },
    watch: async function* () {},
  };
  return { recorder: recorderOver(transport), paths };
}

const pathIn = (namespace: string) => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;

describe('namespaces take turns', () => {
  const inCrowd = (n: number) => configMap({ namespace: 'crowd', name: `n${n}` });

  it.each([
    {
      reason: 'one namespace has less pending than the bound',
      pending: Array.from({ length: 900 }, (_, n) => inCrowd(n)),
    },
    {
      reason: 'one namespace alone exceeds the bound',
      pending: Array.from({ length: 2000 }, (_, n) => inCrowd(n)),
    },
    {
      reason: 'one namespace has a few, which are older',
      pending: Array.from({ length: 3 }, (_, n) => inCrowd(n)),
    },
    {
      reason: 'ten namespaces exceed the bound together',
      pending: Array.from({ length: 3000 }, (_, n) =>
        configMap({ namespace: `crowd-${n % 10}`, name: `n${n}` }),
      ),
    },
  ])(
    'an event waits for the write under way and for one of each other namespace: $reason',
    async ({ pending }) => {
      const others = new Set(pending.map(({ metadata }) => metadata.namespace)).size;
      const { recorder, paths } = slowApiServer();
      for (const object of pending) recorder.record(object, created);
      recorder.record(configMap({ namespace: 'home', name: 'web' }), created);
      await clock.advance((1 + others + 1) * WRITE_MS);
      expect(paths.indexOf(pathIn('home'))).toBe(1 + others);
    },
  );

  it('no event of a quiet namespace is late or lost while 300 objects of another are edited 5 times a second', async () => {
    const { recorder, paths } = slowApiServer();
    const home = () => paths.filter((path) => path === pathIn('home')).length;
    for (let second = 0; second < 60; second += 1) {
      // Five events for each edit, which is more than the API server takes.
      for (let n = 0; n < 25; n += 1)
        recorder.record(inCrowd((second * 5 + (n % 5)) % 300), failed(second * 25 + n));
      await clock.advance(500);
      recorder.record(configMap({ namespace: 'home', name: `web-${second}` }), created);
      // The write under way, one of the crowd, and its own.
      await clock.advance(3 * WRITE_MS);
      expect(home()).toBe(second + 1);
      await clock.advance(200);
    }
    expect(paths.length - home()).toBeGreaterThan(500);
  });

  it('the namespace with the most pending events loses its oldest ones, and no other loses any', async () => {
    const { recorder, paths } = slowApiServer();
    const spaces = ['small', 'crowd'];
    for (let n = 0; n < 400; n += 1)
      for (const namespace of spaces)
        recorder.record(configMap({ namespace, name: `n${n}`, uid: `${namespace}${n}` }), created);
    for (let n = 400; n < 2000; n += 1) recorder.record(inCrowd(n), created);
    await clock.advance(1001 * WRITE_MS);
    expect(paths.filter((path) => path === pathIn('small'))).toHaveLength(400);
    expect(paths.filter((path) => path === pathIn('crowd'))).toHaveLength(600);
    const lost = logger.lines.map(({ fields }) => fields);
    expect(lost).toHaveLength(1400);
    expect(lost.slice(0, 3)).toMatchObject([
      { object: 'crowd/n0', why: matching(/too many events of its namespace/) },
      { object: 'crowd/n1' },
      { object: 'crowd/n2' },
    ]);
  });
});

describe('a failure to write', () => {
  it.each([
    { answer: json({ message: 'no' }, 403), reason: 'a refusal' },
    { answer: reset, reason: 'a broken connection' },
  ])('is logged at debug, and the next event is written: $reason', async ({ answer }) => {
    server.next(answer);
    recorder.record(about, created);
    recorder.record(about, created);
    await recorder.flush();
    expect(server.requests).toHaveLength(2);
    expect(logger.lines).toMatchObject([
      { level: 'debug', fields: { object: 'default/a', reason: 'Created' } },
    ]);
  });
});

describe('an end', () => {
  it.each([
    { events: 1, reason: 'one that is under way' },
    { events: 30, reason: 'many, one after another' },
  ])('does not wait longer than it may for an API server that is silent: $reason', async ({ events }) => {
    server.otherwise(silence);
    for (let n = 0; n < events; n += 1) recorder.record(configMap({ name: `n${n}` }), created);
    await eventually('the first event to leave', () => server.requests.length === 1);
    const closed = recorder.close(2000);
    await clock.advance(2000);
    await closed;
    await recorder.flush();
    expect(clock.monotonic()).toBe(2000);
    expect(server.requests).toHaveLength(1);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: { events } satisfies object }),
    );
  });

  it('waits for no longer than it takes, and nothing is sent after it', async () => {
    recorder.record(about, created);
    await recorder.close(2000);
    expect(server.requests).toHaveLength(1);
    expect(clock.pending).toBe(0);
    recorder.record(configMap({ name: 'late' }), created);
    await recorder.flush();
    expect(server.requests).toHaveLength(1);
  });
});
