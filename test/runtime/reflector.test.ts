import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResourceClient } from '../../src/runtime/kubernetes/resource-client.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { keyOf } from '../../src/runtime/object.ts';
import type { Random } from '../../src/runtime/random.ts';
import { Reflector } from '../../src/runtime/reflector.ts';
import { Store } from '../../src/runtime/store.ts';
import { eventually } from '../support/eventually.ts';
import { configMap } from '../support/kube-objects.ts';
import type { RecordingLogger } from '../support/recording-logger.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import type { Answer, ScriptedServer } from '../support/scripted-server.ts';
import { json, raw, reset, startScriptedServer } from '../support/scripted-server.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const noDelay: Random = { next: () => 0 };
const a1 = configMap({ name: 'a', resourceVersion: '1' });
const a5 = configMap({ name: 'a', resourceVersion: '5' });
const b2 = configMap({ name: 'b', resourceVersion: '2' });
const c6 = configMap({ name: 'c', resourceVersion: '6' });

let server: ScriptedServer;
let clock: VirtualClock;
let logger: RecordingLogger;
let store: Store;
let stop: AbortController;
let ended: Promise<void>;
let transport: Transport;
let reflector: Reflector<never>;

beforeEach(async () => {
  server = await startScriptedServer();
  clock = new VirtualClock();
  logger = recordingLogger();
  store = new Store({}, logger);
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await ended;
  await transport.close();
  await server.close();
});

function start(random = noDelay): void {
  const connection = { server: server.url, credentials: async () => ({ headers: {}, tls: {} }) };
  transport = new Transport({ connection, userAgent: 'the-tests', clock });
  const client = new ResourceClient(transport, { group: '', version: 'v1', plural: 'configmaps' });
  reflector = new Reflector({ client, store, clock, random, logger });
  ended = reflector.run(stop.signal);
}

/** Lets everything happen that needs no time to pass, until the condition holds. */
async function settle(what: string, condition: () => boolean): Promise<void> {
  await eventually(what, async () => {
    await clock.advance(0);
    return condition();
  });
}

/** What was asked for, one word a request. */
function asked(): string[] {
  return server.requests.map(({ query }) => {
    if (query['watch'] === 'true') return `watch from ${query['resourceVersion']}`;
    return query['continue'] === undefined ? 'list' : `list on from ${query['continue']}`;
  });
}

function versions(): Record<string, string> {
  return Object.fromEntries(
    store.list().map((object) => [object.metadata.name, object.metadata.resourceVersion]),
  );
}

function list(resourceVersion: string, items: readonly KubeObject[], continueToken?: string): Answer {
  const metadata = { resourceVersion, ...(continueToken === undefined ? {} : { continue: continueToken }) };
  // The API server leaves apiVersion and kind out of the items of built-in resources.
  const bare = items.map(({ apiVersion: _apiVersion, kind: _kind, ...item }) => item);
  return json({ apiVersion: 'v1', kind: 'ConfigMapList', metadata, items: bare });
}

function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** A watch that sends something and stays open, unless `end` says otherwise. */
function watch(sent: string, end: Answer = () => {}): Answer {
  return (response, request) => {
    response.writeHead(200);
    response.flushHeaders();
    response.write(sent, () => setImmediate(() => end(response, request)));
  };
}

const endInOrder: Answer = (response) => void response.end();

describe('listing', () => {
  it('asks for pages of 500 and shows nothing before the last one', async () => {
    server.next(list('9', [a1], 'page2'), list('9', [b2], 'page3'));
    start();
    await settle('the third page to be asked for', () => server.requests.length === 3);
    expect(asked()).toEqual(['list', 'list on from page2', 'list on from page3']);
    expect(server.requests.every(({ query }) => query['limit'] === '500')).toBe(true);
    expect(store.size).toBe(0);
  });

  it('fills the store from all pages, resolves synced, and watches from the list’s version', async () => {
    server.next(list('9', [a1], 'page2'), list('9', [b2]));
    start();
    await reflector.synced;
    expect(store.list()).toEqual([a1, b2]);
    await settle('the watch', () => server.requests.length === 3);
    expect(asked()[2]).toBe('watch from 9');
    expect(server.requests[2]?.query).toMatchObject({ allowWatchBookmarks: 'true', timeoutSeconds: '300' });
  });

  it('starts over when the continue token has expired', async () => {
    server.next(list('9', [a1], 'page2'), json({ reason: 'Expired' }, 410), list('20', [c6]));
    start();
    await settle('the watch', () => server.requests.length === 4);
    expect(asked()).toEqual(['list', 'list on from page2', 'list', 'watch from 20']);
    expect(versions()).toEqual({ c: '6' });
  });

  it('goes on with the same page after a broken connection', async () => {
    server.next(list('9', [a1], 'page2'), reset, list('9', [b2]));
    start();
    await settle('the watch', () => server.requests.length === 4);
    expect(asked()).toEqual(['list', 'list on from page2', 'list on from page2', 'watch from 9']);
    expect(versions()).toEqual({ a: '1', b: '2' });
  });

  const failures: readonly { answer: Answer; reason: string }[] = [
    { answer: json({}, 500), reason: 'a server error' },
    { answer: json({}, 401), reason: 'credentials that are not accepted' },
    { answer: json({}, 403), reason: 'a missing permission' },
    { answer: json({}, 404), reason: 'a resource that is not there yet' },
    { answer: json({}, 429), reason: 'a server that is busy' },
    { answer: raw('<html>'), reason: 'a success that is not JSON' },
    { answer: json({ kind: 'Status' }), reason: 'a success that is not a list' },
    {
      answer: json({ apiVersion: 'v1', kind: 'L', metadata: { resourceVersion: '1' }, items: [{}] }),
      reason: 'an item that is no object',
    },
    { answer: reset, reason: 'a broken connection' },
  ];
  it.each(failures)('survives $reason', async ({ answer }) => {
    server.next(answer, answer, answer, list('9', [a1]));
    start();
    await settle('the list', () => store.size === 1);
    expect(logger.lines.map((line) => line.level)).toEqual(['warn', 'warn', 'warn']);
  });
});

describe('watching', () => {
  it('applies what it is told, strips managedFields, and goes on from the newest version it has seen', async () => {
    const managed = { ...a5, metadata: { ...a5.metadata, managedFields: [{ manager: 'kubectl' }] } };
    const sent =
      event('MODIFIED', managed) +
      event('ADDED', c6) +
      event('DELETED', { ...b2, metadata: { ...b2.metadata, resourceVersion: '7' } });
    server.next(list('4', [a1, b2]), watch(sent, endInOrder));
    start();
    await settle('the second watch', () => server.requests.length === 3);
    expect(store.list()).toEqual([a5, c6]);
    expect(asked()[2]).toBe('watch from 7');
  });

  it('goes on from a bookmark', async () => {
    const bookmark = event('BOOKMARK', { metadata: { resourceVersion: '700' } });
    server.next(list('4', [a1]), watch(bookmark, endInOrder));
    start();
    await settle('the second watch', () => server.requests.length === 3);
    expect(asked()[2]).toBe('watch from 700');
  });

  const resumes: readonly { answer: Answer; reason: string }[] = [
    { answer: watch(event('MODIFIED', a5), endInOrder), reason: 'the server ends the watch' },
    { answer: watch(event('MODIFIED', a5), reset), reason: 'the connection is reset' },
    {
      answer: watch(`${event('MODIFIED', a5)}{"type":"ADD`, endInOrder),
      reason: 'the stream ends inside a line',
    },
  ];
  it.each(resumes)('resumes where it was when $reason', async ({ answer }) => {
    server.next(list('4', [a1]), answer, watch(event('ADDED', c6)));
    start();
    await settle('the missed addition', () => store.size === 2);
    expect(asked()).toEqual(['list', 'watch from 4', 'watch from 5']);
    expect(versions()).toEqual({ a: '5', c: '6' });
  });

  it.each([
    { answer: reset, reason: 'the connection is reset' },
    { answer: json({}, 401), reason: 'the credentials are not accepted' },
    { answer: json({}, 429), reason: 'the server is busy' },
  ])('resumes where it was when at the start $reason', async ({ answer }) => {
    server.next(list('4', [a1]), answer, answer, watch(event('ADDED', c6)));
    start();
    await settle('the missed addition', () => store.size === 2);
    expect(asked()).toEqual(['list', 'watch from 4', 'watch from 4', 'watch from 4']);
  });

  const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
  const relists: readonly { answer: Answer; reason: string }[] = [
    { answer: json(expired, 410), reason: 'the version has expired' },
    { answer: watch(event('ERROR', expired)), reason: 'the version has expired, told as an event' },
    { answer: json({}, 500), reason: 'the server fails' },
    { answer: watch(event('ERROR', { code: 500 })), reason: 'the server fails, told as an event' },
    { answer: watch(event('ERROR', {})), reason: 'an error comes without a code' },
    { answer: watch('{"type": broken\n'), reason: 'a line is not JSON' },
    { answer: watch('[]\n'), reason: 'a line is no event' },
    { answer: watch(event('RENAMED', a5)), reason: 'an event is of an unknown type' },
    { answer: watch(event('MODIFIED', { metadata: {} })), reason: 'an event has no object' },
    { answer: watch(event('BOOKMARK', {})), reason: 'a bookmark has no version' },
  ];
  it.each(relists)('lists again, and finds what it missed, when $reason', async ({ answer }) => {
    server.next(list('4', [a1, b2]), answer, list('8', [a5, c6]));
    start();
    await settle('the watch after the second list', () => server.requests.length === 4);
    expect(asked()).toEqual(['list', 'watch from 4', 'list', 'watch from 8']);
    expect(versions()).toEqual({ a: '5', c: '6' });
  });

  it('tells of deletions that it finds by listing again', async () => {
    const deleted: string[] = [];
    store.subscribe((change) => {
      if (change.type === 'deleted') deleted.push(keyOf(change.object));
    });
    server.next(list('4', [a1, b2]), json(expired, 410), list('8', [b2]));
    start();
    await settle('the second list', () => store.size === 1);
    expect(deleted).toEqual(['default/a']);
  });

  it('finds a connection that was cut silently by asking after thirty seconds, and resumes', async () => {
    let probes = 0;
    server.at('/version', () => {
      probes += 1;
    });
    server.next(list('4', [a1]), watch(event('MODIFIED', a5)), watch(event('ADDED', c6)));
    start();
    await settle('the first event', () => versions()['a'] === '5');
    await clock.advance(30_000);
    await settle('the probe', () => probes === 1);
    expect(logger.lines).toEqual([]);
    await clock.advance(15_000);
    await settle('the missed addition', () => store.size === 2);
    expect(asked()).toEqual(['list', 'watch from 4', 'watch from 5']);
  });

  it('is not ended by a listener of the store that throws', async () => {
    store.subscribe(() => {
      throw new Error('a bug');
    });
    server.next(list('4', [a1]), watch(event('MODIFIED', a5) + event('ADDED', c6)));
    start();
    await settle('both events', () => store.size === 2 && versions()['a'] === '5');
    expect(asked()).toEqual(['list', 'watch from 4']);
  });

  it('is not ended by an index function that throws', async () => {
    let throws = true;
    const indexed = new Store(
      {
        broken: () => {
          if (throws) throw new Error('a bug');
          return [];
        },
      },
      logger,
    );
    store = indexed;
    server.otherwise(list('4', [a1]));
    start();
    await settle('the error', () => logger.lines.some((line) => line.level === 'error'));
    throws = false;
    await settle('the watch after the next list', () => asked().includes('watch from 4'));
    expect(versions()).toEqual({ a: '1' });
  });
});

describe('the pace of retries', () => {
  const half: Random = { next: () => 0.5 };

  it('backs off exponentially', async () => {
    server.otherwise(json({}, 500));
    start(half);
    for (const [failures, delay] of [400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000].entries()) {
      await settle('the failure', () => logger.lines.length === failures + 1);
      expect(logger.lines.at(-1)?.fields).toMatchObject({ delayMs: delay });
      await clock.advance(delay - 1);
      expect(clock.pending).toBe(1);
      await clock.advance(1);
    }
  });

  it('waits as long as the server asks for', async () => {
    server.next(list('4', []), json({}, 429, { 'retry-after': '7' }));
    start(half);
    await settle('the refusal', () => logger.lines.length === 1);
    expect(logger.lines[0]?.fields).toMatchObject({ delayMs: 7000 });
    await clock.advance(7000);
    await settle('the next watch', () => server.requests.length === 3);
  });

  it('asks anew at once when the server ends an old watch, which also makes earlier failures forgotten', async () => {
    const { promise: old, resolve: opened } = Promise.withResolvers<Parameters<Answer>[0]>();
    const failing = Array.from({ length: 3 }, () => json({}, 500));
    server.next(
      ...failing,
      list('4', []),
      watch('', (response) => opened(response)),
      watch('', endInOrder),
    );
    start(half);
    for (const [failures, delay] of [400, 800, 1600].entries()) {
      await settle('the failure', () => logger.lines.length === failures + 1);
      await clock.advance(delay);
    }
    const response = await old;
    for (let step = 1; step <= 12; step += 1) {
      await clock.advance(25_000);
      response.write(event('MODIFIED', configMap({ name: 'a', resourceVersion: `${step + 4}` })));
      await settle('the event', () => versions()['a'] === `${step + 4}`);
    }
    response.end();
    await settle('the second watch without a delay', () => server.requests.length === 6);

    const endedAt = clock.monotonic();
    await eventually('the third watch', async () => {
      await clock.advance(20);
      return server.requests.length === 7;
    });
    // This one was ended young: the first delay of the backoff, and some time for the answers to arrive.
    expect(clock.monotonic() - endedAt).toBeGreaterThanOrEqual(400);
    expect(clock.monotonic() - endedAt).toBeLessThan(2000);
  });
});

describe('ending', () => {
  it.each(['in a list', 'in a watch', 'in a wait'])('ends by its signal %s', async (where) => {
    if (where === 'in a watch') server.next(list('4', []), watch(''));
    if (where === 'in a wait') server.next(json({}, 500));
    start(where === 'in a wait' ? { next: () => 0.5 } : noDelay);
    const requests = where === 'in a watch' ? 2 : 1;
    await settle('the request', () => server.requests.length === requests);
    if (where === 'in a wait') await settle('the wait', () => logger.lines.length === 1);
    const before = logger.lines.length;
    stop.abort();
    await ended;
    expect(server.requests).toHaveLength(requests);
    expect(logger.lines).toHaveLength(before);
    expect(clock.pending).toBe(0);
  });
});
