import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { SimulatorControl } from '../../src/simulator/control-client.ts';
import type { KubectlResult } from '../control-plane/kubectl.ts';
import { FOREIGN_SERVER_GROUP, LOAD_BALANCER } from './inventory.ts';
import { SAMPLES, type World } from './world.ts';

const PATIENCE_MS = 30_000;

/**
 * The main job, step by step: apply, Provisioning, Running, wait, an edit the cloud refuses, the way back, delete,
 * gone. Prints what kubectl showed at each step.
 *
 * @throws Error that names the step which did not hold
 */
export async function runScenario({ controlPlane, cloud }: World): Promise<void> {
  const show = async (...args: string[]): Promise<KubectlResult> => {
    console.log(styleText('bold', `\n$ kubectl ${args.map(quote).join(' ')}`));
    const result = await controlPlane.kubectl(args);
    console.log(indent(`${result.stdout}${result.stderr}`));
    return result;
  };
  const mustSucceed = async (...args: string[]): Promise<string> => {
    const result = await show(...args);
    if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with code ${result.code}.`);
    return result.stdout;
  };
  const field = async (name: string, jsonPath: string): Promise<string> =>
    (await controlPlane.kubectl(['get', 'alblistener', name, '-o', `jsonpath={${jsonPath}}`])).stdout;

  heading('Apply three listeners: HTTP, HTTPS and QUIC');
  await mustSucceed('apply', ...SAMPLES);
  await until('every listener is Provisioning', async () => {
    const phases = (
      await controlPlane.kubectl(['get', 'alblisteners', '-o', 'jsonpath={.items[*].status.phase}'])
    ).stdout;
    return phases.split(' ').filter((phase) => phase === 'Provisioning' || phase === 'Running').length === 3;
  });
  await mustSucceed('get', 'alblisteners');

  heading('Wait until the cloud runs them');
  await mustSucceed('wait', '--for=condition=Ready', 'alblisteners', '--all', '--timeout=30s');
  const table = await mustSucceed('get', 'alblisteners', '-o', 'wide');
  hold('kubectl shows three Running listeners', table.split('Running').length > 3);
  const listeners = await listenersOf(cloud);
  hold(
    'the cloud has exactly three listeners, all Running',
    listeners.length === 3 && listeners.every(isRunning),
  );
  console.log(indent(listeners.map(describe).join('\n')));

  heading('Edit one so that the API server refuses it: the port of a listener cannot change');
  const refused = await show(
    'patch',
    'alblistener',
    'shop-http',
    '--type=merge',
    '-p',
    '{"spec":{"listenerPort":81}}',
  );
  hold('the edit was refused at apply', refused.code !== 0);

  heading('Edit one so that the cloud refuses it: a server group of another VPC');
  const before = await field(
    'shop-http',
    '.spec.defaultActions[0].forwardGroupConfig.serverGroupTuples[0].serverGroupId',
  );
  await mustSucceed(
    'patch',
    'alblistener',
    'shop-http',
    '--type=merge',
    '-p',
    forwardingTo(FOREIGN_SERVER_GROUP),
  );
  await mustSucceed('wait', '--for=condition=Stalled', 'alblistener/shop-http', '--timeout=30s');
  await mustSucceed('get', 'alblisteners', '-o', 'wide');
  const message = await field('shop-http', '.status.conditions[?(@.type=="Ready")].message');
  console.log(indent(styleText('yellow', message)));
  hold('the message names the cloud’s reason', message.includes('Mismatch.VpcId'));
  hold(
    'the listener still forwards as before',
    (await listenersOf(cloud)).some((listener) => JSON.stringify(listener).includes(before)),
  );

  heading('Take the edit back');
  await mustSucceed('patch', 'alblistener', 'shop-http', '--type=merge', '-p', forwardingTo(before));
  await mustSucceed('wait', '--for=condition=Ready', 'alblistener/shop-http', '--timeout=30s');

  heading('What happened, as events');
  await mustSucceed('get', 'events', '--sort-by=.metadata.creationTimestamp');

  heading('Delete them all');
  await mustSucceed('delete', 'alblisteners', '--all', '--timeout=60s');
  await mustSucceed('get', 'alblisteners');
  hold('the cloud has no listener left', (await listenersOf(cloud)).length === 0);
  const creations = (await cloud.calls()).filter(({ effect }) => effect?.kind === 'created').length;
  hold(`of all calls ${creations} created a listener: one for each manifest`, creations === 3);
}

/** A merge patch that makes a listener forward to this server group alone. */
function forwardingTo(serverGroupId: string): string {
  const action = { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] } };
  return JSON.stringify({ spec: { defaultActions: [action] } });
}

type ListenerInCloud = Awaited<ReturnType<SimulatorControl['state']>>['listeners'][number];

export async function listenersOf(cloud: SimulatorControl): Promise<readonly ListenerInCloud[]> {
  return (await cloud.state()).listeners.filter((listener) => listener.LoadBalancerId === LOAD_BALANCER);
}

export function describe(listener: ListenerInCloud): string {
  return `in the cloud: ${listener.ListenerId}  ${listener.ListenerProtocol}:${listener.ListenerPort}  ${listener.ListenerStatus}`;
}

function isRunning(listener: ListenerInCloud): boolean {
  return listener.ListenerStatus === 'Running';
}

function heading(text: string): void {
  console.log(`\n${styleText(['bold', 'cyan'], text)}`);
}

function hold(claim: string, holds: boolean): void {
  if (!holds) throw new Error(`Not so: ${claim}.`);
  console.log(`  ${styleText('green', '✓')} ${claim}`);
}

async function until(claim: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not within ${PATIENCE_MS / 1000} s: ${claim}.`);
    await sleep(100);
  }
}

function quote(argument: string): string {
  return /^[\w\-./=:,@]+$/.test(argument) ? argument : `'${argument}'`;
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '  ');
}
