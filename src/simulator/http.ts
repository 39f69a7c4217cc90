import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingCall } from './answer.ts';
import { type CallFault, refusalOf } from './fault.ts';
import { Gateway } from './gateway.ts';
import type { HeldCalls } from './held-calls.ts';
import { withoutSecrets } from './secret-parameters.ts';
import type { Simulator } from './simulator.ts';
import { type Asked, type Format, type Rendered, render } from './wire/render.ts';
import { type RpcRequest, readRequest } from './wire/request.ts';

/** The endpoint of the APIs: reads RPC requests, lets the gateway judge them, and acts out the faults of each call. */
export function apiServer(simulator: Simulator, held: HeldCalls): Server {
  const gateway = new Gateway();
  return createServer((message, response) => {
    const answering = answer(simulator, gateway, held, message, response);
    // A client that goes away in the middle of a request ends here.
    answering.catch(() => message.socket.destroy());
  });
}

async function answer(
  simulator: Simulator,
  gateway: Gateway,
  held: HeldCalls,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await readRequest(message);
  if (request === undefined) {
    response.writeHead(413).end();
    return;
  }
  const admission = gateway.admit(request, simulator.state.inventory.credentials, Date.now());
  const { product, action, parameters, accessKeyId } = admission;
  const line: Line = {
    simulator,
    held,
    response,
    product,
    action,
    parameters,
    format: formatOf(request),
    host: (request.headers.get('host') ?? '').replace(/:\d+$/, ''),
  };
  if (!admission.admitted) {
    const turnedAway = simulator.turnAway(action, parameters, accessKeyId, admission.refusal);
    send(line, render(turnedAway, line));
    return;
  }

  const call = simulator.receive(action, parameters, accessKeyId);
  if ((await befall(line, call, call.before, 'before')) === 'ended') return;
  const performed = call.perform();
  if ((await befall(line, call, performed.after, 'after')) === 'ended') return;
  call.end(send(line, render(performed.answer, line)));
}

/** Where the answer to one request goes, and what it has to look like. */
interface Line extends Asked {
  readonly simulator: Simulator;
  readonly held: HeldCalls;
  readonly response: ServerResponse;
  readonly parameters: Readonly<Record<string, string>>;
}

async function befall(
  line: Line,
  call: IncomingCall,
  faults: readonly CallFault[],
  effect: 'before' | 'after',
): Promise<'ended' | 'goes on'> {
  const end = (outcome: string, reached: boolean) => {
    call.told(outcome);
    call.end(reached);
    return 'ended' as const;
  };
  for (const fault of faults) {
    switch (fault.kind) {
      case 'delay':
        await sleep(fault.ms);
        break;
      case 'hold': {
        const parameters = withoutSecrets(line.parameters);
        const waiting = { sequence: call.sequence, effect, action: line.action, parameters };
        const how = await line.held.hold(waiting, () => !isListening(line));
        if (how === 'go') break;
        line.response.destroy();
        return end('cut', false);
      }
      case 'cut':
        line.response.destroy();
        return end('cut', false);
      case 'hang':
        return end('hang', false);
      case 'error': {
        const refused = { ok: false as const, requestId: call.requestId, refusal: refusalOf(fault) };
        return end(fault.code, send(line, render(refused, line)));
      }
      case 'body': {
        const headers = { 'content-type': fault.contentType };
        return end(`body ${fault.status}`, send(line, { status: fault.status, headers, text: fault.text }));
      }
    }
  }
  return 'goes on';
}

/** Returns whether somebody was still there to take the answer. */
function send(line: Line, rendered: Rendered): boolean {
  const listening = isListening(line);
  line.response.writeHead(rendered.status, rendered.headers).end(rendered.text);
  return listening;
}

function isListening({ response }: Line): boolean {
  return response.socket !== null && !response.socket.destroyed;
}

/** XML is the default of the RPC style; the third signature version came with JSON. */
function formatOf(request: RpcRequest): Format {
  const asked = request.parameters['Format']?.toUpperCase();
  if (asked === 'JSON' || asked === 'XML') return asked;
  const accept = request.headers.get('accept') ?? '';
  if (accept.includes('json')) return 'JSON';
  if (accept.includes('xml')) return 'XML';
  return request.headers.get('authorization') === undefined ? 'XML' : 'JSON';
}
