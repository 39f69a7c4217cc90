import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResourceClient } from '../../src/runtime/kubernetes/resource-client.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { keyOf } from '../../src/runtime/object.ts';
import type { Random } from '../../src/runtime/random.ts';
import { Reflector } from '../../src/runtime/reflector.ts';
import { Store } from '../../src/runtime/store.ts';
import { apiContact } from '../support/api-contact.ts';
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
  reflector = new Reflector({ client, store, clock, random, contact: apiContact({ clock, logger }), logger });
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

function limits(): number[] {
  return server.requests.flatMap(({ query }) =>
    query['limit'] === undefined ? [] : [Number(query['limit'])],
  );
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

let opened: Parameters<Answer>[0] | undefined;

/** A watch that `toItsEnd` keeps busy, and ends. */
function watchToItsEnd(): Answer {
  opened = undefined;
  return watch('', (response) => {
    opened = response;
  });
}

/** Lets the time of a watch pass, with a bookmark now and then, and ends it in order. Gives the last bookmark. */
async function toItsEnd(seconds: number): Promise<string> {
  await settle('the watch', () => opened !== undefined);
  let probes = 0;
  server.at('/version', (probe, request) => {
    probes += 1;
    json({})(probe, request);
  });
  let last = '';
  for (let step = 1; step <= seconds / 25; step += 1) {
    await clock.advance(25_000);
    last = `${step + 100}`;
    const told = configMap({ name: 'told', resourceVersion: last });
    opened?.write(event('MODIFIED', told));
    await settle('the event', () => versions()['told'] === last);
  }
  opened?.end();
  expect(probes).toBe(0);
  return last;
}

describe('listing', () => {
  it('asks for more and more while objects are small, and shows nothing before the last page', async () => {
    const pages = ['2', '3', '4', '5', '6', '7'];
    server.next(...pages.map((page) => list('9', [a1], page)));
    start();
    await settle('the last page to be asked for', () => server.requests.length === 7);
    expect(asked()).toEqual(['list', ...pages.map((page) => `list on from ${page}`)]);
    expect(limits()).toEqual([50, 100, 200, 400, 500, 500, 500]);
    expect(store.size).toBe(0);
  });

  it('asks for fewer where objects are large, so that a page stays small', async () => {
    const large = (name: string) => ({ ...configMap({ name }), data: { page: 'x'.repeat(1024 * 1024) } });
    server.next(list('9', [large('a'), large('b'), large('c'), large('d')], 'page2'));
    start();
    await settle('the second page to be asked for', () => server.requests.length === 2);
    // Of what weighs 1 MiB and a bit, three fit into 4 MiB.
    expect(limits()).toEqual([50, 3]);
  });

  it('does not read a page to its end that is too long, and asks for the same page with fewer objects', async () => {
    const small = Array.from({ length: 3 }, (_, index) => configMap({ name: `small-${index}` }));
    const large = { ...configMap({ name: 'large' }), data: { page: 'x'.repeat(9 * 1024 * 1024) } };
    server.next(
      list('9', small, 'page2'),
      list('9', [large, b2]),
      list('9', [large, b2]),
      list('9', [large, b2]),
      list('9', [large], 'page3'),
      list('9', [b2]),
    );
    start();
    await settle('the watch', () => server.requests.length === 7);
    const again = 'list on from page2';
    expect(asked()).toEqual(['list', again, again, again, again, 'list on from page3', 'watch from 9']);
    expect(limits()).toEqual([50, 100, 25, 6, 1, 1]);
    expect(store.size).toBe(5);
    expect(logger.lines).toEqual([]);
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

  it('starts over after a broken connection: the pages before may be of a past that is no more', async () => {
    server.next(list('9', [a1], 'page2'), reset, list('20', [c6]));
    start();
    await settle('the watch', () => server.requests.length === 4);
    expect(asked()).toEqual(['list', 'list on from page2', 'list', 'watch from 20']);
    expect(versions()).toEqual({ c: '6' });
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
  it.each(failures)(
    'survives $reason, which is said once, and once more when it is over',
    async ({ answer }) => {
      server.next(answer, answer, answer, list('9', [a1]));
      start();
      await settle('the list', () => store.size === 1);
      expect(logger.lines.map((line) => line.level)).toEqual(['warn', 'debug', 'debug', 'info']);
    },
  );
});

describe('watching', () => {
  it('applies what it is told, and strips managedFields', async () => {
    const managed = { ...a5, metadata: { ...a5.metadata, managedFields: [{ manager: 'kubectl' }] } };
    const sent =
      event('MODIFIED', managed) +
      event('ADDED', c6) +
      event('DELETED', { ...b2, metadata: { ...b2.metadata, resourceVersion: '7' } });
    server.next(list('4', [a1, b2]), watch(sent));
    start();
    await settle('the last event', () => store.size === 2 && versions()['c'] === '6');
    expect(store.list()).toEqual([a5, c6]);
    expect(asked()).toEqual(['list', 'watch from 4']);
  });

  it('goes on from a bookmark when the server ends the watch at the time asked for', async () => {
    server.next(list('4', [a1]), watchToItsEnd());
    start();
    const last = await toItsEnd(300);
    await settle('the second watch', () => server.requests.length === 3);
    expect(asked()).toEqual(['list', 'watch from 4', `watch from ${last}`]);
    expect(logger.lines).toEqual([]);
  });

  it('lists again when the server ends the watch long after that: it was away meanwhile', async () => {
    server.next(list('4', [a1]), watchToItsEnd(), list('900', [a5]));
    start();
    await toItsEnd(325);
    await settle('the second watch', () => server.requests.length === 4);
    expect(asked()).toEqual(['list', 'watch from 4', 'list', 'watch from 900']);
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
    { answer: watch(event('MODIFIED', a5), endInOrder), reason: 'the server ends the watch early' },
    { answer: watch(event('MODIFIED', a5), reset), reason: 'the connection is reset' },
    { answer: reset, reason: 'the connection is reset at the start' },
    { answer: json({}, 401), reason: 'the credentials are not accepted' },
    { answer: json({}, 429), reason: 'the server is busy' },
    {
      answer: watch(`${event('MODIFIED', a5)}{"type":"ADD`, endInOrder),
      reason: 'the stream ends inside a line',
    },
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

  it('finds a connection that was cut silently by asking after thirty seconds, and lists again', async () => {
    let probes = 0;
    server.at('/version', () => {
      probes += 1;
    });
    server.next(list('4', [a1]), watch(event('MODIFIED', a5)), list('8', [a5, c6]));
    start();
    await settle('the first event', () => versions()['a'] === '5');
    await clock.advance(30_000);
    await settle('the probe', () => probes === 1);
    expect(logger.lines).toEqual([]);
    await clock.advance(15_000);
    await settle('the missed addition', () => store.size === 2);
    expect(asked().slice(0, 3)).toEqual(['list', 'watch from 4', 'list']);
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
    for (const [failures, delay] of [400, 800, 1600, 3200, 5000, 5000].entries()) {
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
    await settle('the next list', () => server.requests.length === 3);
  });

  it('forgets earlier failures when a watch has lasted', async () => {
    const failing = Array.from({ length: 3 }, () => json({}, 500));
    server.next(...failing, list('4', []), watchToItsEnd(), watch('', endInOrder));
    start(half);
    for (const [failures, delay] of [400, 800, 1600].entries()) {
      await settle('the failure', () => logger.lines.length === failures + 1);
      await clock.advance(delay);
    }
    await toItsEnd(450);
    await settle('the second watch without a delay', () => server.requests.length === 6);

    const endedAt = clock.monotonic();
    await eventually('the list', async () => {
      await clock.advance(20);
      return server.requests.length === 7;
    });
    // This one was ended young: the first delay of the backoff, and some time for the answers to arrive.
    expect(clock.monotonic() - endedAt).toBeGreaterThanOrEqual(400);
    expect(clock.monotonic() - endedAt).toBeLessThan(2000);
  });
});

describe('an API server that went back to an earlier state', () => {
  const old = { ...a5, data: { state: 'old' } };

  it('is found out by its list: that is the truth from then on, and one line says so', async () => {
    server.next(list('100', [a5, c6]), reset, list('40', [a1, b2]));
    start();
    await settle('the watch after the second list', () => server.requests.length === 4);
    expect(versions()).toEqual({ a: '1', b: '2' });
    expect(asked().at(-1)).toBe('watch from 40');
    expect(wentBack()).toMatchObject([{ level: 'warn', fields: { reached: '100', resourceVersion: '40' } }]);
  });

  it('is found out by an object where its versions have passed those of before', async () => {
    server.next(list('4', [a5]), reset, list('400', [a1]));
    start();
    await settle('the watch after the second list', () => server.requests.length === 4);
    expect(versions()).toEqual({ a: '1' });
    expect(wentBack()).toHaveLength(1);
  });

  it('is believed where the same version now stands for another content', async () => {
    server.next(list('5', [old]), reset, list('5', [{ ...a5, data: { state: 'new' } }]));
    start();
    await settle('the watch after the second list', () => server.requests.length === 4);
    expect(store.get('default/a')?.['data']).toEqual({ state: 'new' });
  });

  it('is found out by a watch that tells of an earlier version than before', async () => {
    server.next(
      list('100', [a5]),
      watch(event('BOOKMARK', { metadata: { resourceVersion: '40' } })),
      list('41', [a1]),
    );
    start();
    await settle('the watch after the second list', () => server.requests.length === 4);
    expect(versions()).toEqual({ a: '1' });
    expect(wentBack()).toHaveLength(1);
  });

  it('is asked anew at once when its store turns out to be wrong', async () => {
    server.next(list('100', [a5]), watch(''), list('40', [a1]));
    start();
    await settle('the watch', () => server.requests.length === 2);
    reflector.listAnew();
    await settle('the watch after the second list', () => server.requests.length === 4);
    expect(versions()).toEqual({ a: '1' });
    expect(wentBack()).toHaveLength(1);
  });

  it('is not suspected when nothing went back', async () => {
    server.next(list('4', [a1]), reset, list('8', [a5, c6]), reset, list('8', [a5, c6]));
    start();
    await settle('the third watch', () => server.requests.length === 6);
    expect(wentBack()).toEqual([]);
  });

  function wentBack() {
    return logger.lines.filter(({ message }) => message.includes('went back to an earlier state'));
  }
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
