import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { uuid } from './chance.ts';
import { type FaultRule, faultSchema } from './fault.ts';
import type { HeldCalls } from './held-calls.ts';
import { inventorySchema, mergeInventory, withoutItem } from './inventory.ts';
import { createForeignListener, editListener, removeListener, settleJob } from './out-of-band.ts';
import { mergeSettings } from './settings.ts';
import type { Simulator } from './simulator.ts';
import { advance, draw } from './state.ts';
import { readBody } from './wire/request.ts';

/** What a route gives back; undefined for something that is not there. */
type Given = object | undefined;

interface Route {
  readonly method: string;
  /** Groups of the pattern are handed to `run` in order. */
  readonly path: RegExp;
  readonly run: (request: {
    readonly groups: readonly string[];
    readonly url: URL;
    readonly body: unknown;
  }) => Given;
}

const done = {};

/**
 * The control endpoint: JSON over HTTP, without signatures, for tests and demonstrations only. It sees and changes
 * the true state, past every rule of the API.
 */
export function controlServer(simulator: Simulator, held: HeldCalls): Server {
  const routes = routesOf(simulator, held);
  return createServer((message, response) => {
    const serving = serve(routes, message, response);
    serving.catch(() => message.socket.destroy());
  });
}

function routesOf(simulator: Simulator, held: HeldCalls): readonly Route[] {
  const { state } = simulator;
  return [
    { method: 'GET', path: /^\/state$/, run: () => trueState(simulator, held) },
    {
      method: 'GET',
      path: /^\/calls$/,
      run: ({ url }) => {
        const after = Number(url.searchParams.get('after') ?? '0');
        return { last: state.lastCall, calls: state.calls.filter((call) => call.sequence > after) };
      },
    },
    {
      method: 'PUT',
      path: /^\/inventory$/,
      run: ({ body }) => {
        state.inventory = inventorySchema.parse(body);
        simulator.saved();
        return done;
      },
    },
    {
      method: 'PATCH',
      path: /^\/inventory$/,
      run: ({ body }) => {
        state.inventory = mergeInventory(state.inventory, body);
        simulator.saved();
        return done;
      },
    },
    {
      method: 'DELETE',
      path: /^\/inventory\/(.+)$/,
      run: ({ groups: [id = ''] }) => {
        state.inventory = withoutItem(state.inventory, id);
        simulator.saved();
        return done;
      },
    },
    { method: 'GET', path: /^\/settings$/, run: () => state.settings },
    {
      method: 'PATCH',
      path: /^\/settings$/,
      run: ({ body }) => {
        state.settings = mergeSettings(state.settings, body);
        simulator.saved();
        return state.settings;
      },
    },
    { method: 'GET', path: /^\/faults$/, run: () => state.faultRules },
    {
      method: 'POST',
      path: /^\/faults$/,
      run: ({ body }) => {
        const fault = faultSchema.parse(body);
        const rule: FaultRule = {
          id: uuid(state.seed, 'fault', draw(state)),
          fault,
          matched: 0,
          fired: 0,
        };
        state.faultRules.push(rule);
        simulator.saved();
        return rule;
      },
    },
    {
      method: 'DELETE',
      path: /^\/faults(?:\/(.+))?$/,
      run: ({ groups: [id] }) => {
        state.faultRules = state.faultRules.filter((rule) => id !== undefined && rule.id !== id);
        simulator.saved();
        return done;
      },
    },
    { method: 'GET', path: /^\/held$/, run: () => held.list() },
    {
      method: 'POST',
      path: /^\/held\/(\d+)\/(go|cut)$/,
      run: ({ groups: [sequence, how] }) =>
        held.release(Number(sequence), how === 'cut' ? 'cut' : 'go') ? done : undefined,
    },
    { method: 'POST', path: /^\/listeners$/, run: ({ body }) => createForeignListener(simulator, body) },
    {
      method: 'PATCH',
      path: /^\/listeners\/(.+)$/,
      run: ({ groups: [id = ''], body }) => editListener(simulator, id, body),
    },
    {
      method: 'DELETE',
      path: /^\/listeners\/(.+)$/,
      run: ({ groups: [id = ''] }) => (removeListener(simulator, id) ? done : undefined),
    },
    {
      method: 'POST',
      path: /^\/jobs\/(.+)$/,
      run: ({ groups: [id = ''], body }) => {
        const { failure } = settlement.parse(body);
        return settleJob(simulator, id, failure) ? done : undefined;
      },
    },
    {
      method: 'POST',
      path: /^\/time$/,
      run: ({ body }) => {
        state.clockShiftMs += timeShift.parse(body).advanceMs;
        simulator.saved();
        return { now: simulator.now() };
      },
    },
  ];
}

const settlement = z.strictObject({
  /** Null: the job succeeds. */
  failure: z.strictObject({ code: z.string(), message: z.string().default('Settled by hand.') }).nullable(),
});

const timeShift = z.strictObject({ advanceMs: z.int().min(0) });

/** Everything but the secrets. */
function trueState(simulator: Simulator, held: HeldCalls) {
  const { state } = simulator;
  advance(state, simulator.now());
  const { credentials, roles, ...inventory } = state.inventory;
  return {
    now: simulator.now(),
    lastCall: state.lastCall,
    listeners: [...state.listeners.values()],
    jobs: [...state.jobs.values()],
    tokens: [...state.tokens.values()],
    inventory: {
      ...inventory,
      roles: roles.map(({ OIDCToken: _, ...role }) => role),
      accessKeyIds: credentials.map((credential) => credential.accessKeyId),
    },
    settings: state.settings,
    faults: state.faultRules,
    held: held.list(),
  };
}

async function serve(
  routes: readonly Route[],
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(message);
  const url = new URL(message.url ?? '/', 'http://control');
  const send = (status: number, value: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const route = routes.find(({ method, path }) => method === message.method && path.test(url.pathname));
  if (route === undefined) {
    send(404, { error: `There is no ${message.method} ${url.pathname}. See docs/simulator.md.` });
    return;
  }
  const [, ...groups] = route.path.exec(url.pathname) ?? [];
  try {
    const text = body?.toString() ?? '';
    const given = route.run({
      groups: groups.filter((group) => group !== undefined).map(decodeURIComponent),
      url,
      body: text === '' ? {} : JSON.parse(text),
    });
    if (given === undefined) send(404, { error: `${url.pathname}: not found.` });
    else send(200, given);
  } catch (error) {
    if (error instanceof z.ZodError) send(400, { error: z.prettifyError(error) });
    else if (error instanceof SyntaxError) send(400, { error: `The body is not JSON: ${error.message}` });
    else throw error;
  }
}
