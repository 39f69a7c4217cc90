import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatorControl } from '../../src/simulator/control-client.ts';
import type { KubectlResult } from '../control-plane/kubectl.ts';
import type { Tell } from './happening.ts';
import { FOREIGN_SERVER_GROUP, SERVER_GROUP } from './inventory.ts';
import { quoted } from './shell-word.ts';
import { onLoadBalancer } from './snapshot.ts';
import { SAMPLES, type World } from './world.ts';

const PATIENCE_MS = 30_000;

export interface WalkOptions {
  /** After each step, so that a person can read what came of it. */
  readonly pauseMs: number;
  readonly signal: AbortSignal;
}

/** The tools of a step. */
interface Steps {
  /** Runs kubectl before the audience. */
  readonly show: (...args: string[]) => Promise<KubectlResult>;
  /** The same, and the step fails with it. */
  readonly mustSucceed: (...args: string[]) => Promise<string>;
  /** Runs kubectl aside, for a check. */
  readonly ask: (...args: string[]) => Promise<string>;
  readonly phases: () => Promise<readonly string[]>;
  /** The step fails unless the claim holds. */
  readonly hold: (claim: string, holds: boolean) => void;
  readonly tell: Tell;
  readonly cloud: SimulatorControl;
}

/** The main job, step by step. */
const STEPS: readonly { readonly title: string; readonly run: (steps: Steps) => Promise<void> }[] = [
  { title: 'Apply three listeners: HTTP, HTTPS and QUIC', run: applyThree },
  { title: 'Wait until the cloud runs them', run: waitUntilRunning },
  { title: 'Move one to another port: the API server refuses, since the cloud cannot', run: editThePort },
  { title: 'Forward to a server group of another VPC: the cloud refuses', run: editTheServerGroup },
  { title: 'Take the edit back', run: takeBack },
  { title: 'What happened, as events', run: showEvents },
  { title: 'Delete them all', run: deleteAll },
];

/**
 * Walks from apply to gone and tells of every command, its output and what held.
 *
 * Resolves with the number of checks that held.
 *
 * @throws Error that names the step which did not hold
 */
export async function walk(
  { controlPlane, cloud }: World,
  tell: Tell,
  { pauseMs, signal }: WalkOptions,
): Promise<number> {
  let checks = 0;
  const show = async (...args: string[]): Promise<KubectlResult> => {
    tell({ kind: 'command', command: `kubectl ${args.map(quoted).join(' ')}` });
    const result = await controlPlane.kubectl(args, { signal });
    tell({ kind: 'output', text: `${result.stdout}${result.stderr}` });
    return result;
  };
  const ask = async (...args: string[]): Promise<string> =>
    (await controlPlane.kubectl(args, { signal })).stdout;
  const steps: Steps = {
    show,
    mustSucceed: async (...args) => {
      const result = await show(...args);
      if (result.code !== 0) {
        throw new Error(`kubectl ${args.join(' ')} ended with code ${result.code}: ${result.stderr.trim()}`);
      }
      return result.stdout;
    },
    ask,
    phases: async () =>
      (await ask('get', 'alblisteners', '-o', 'jsonpath={.items[*].status.phase}')).split(' '),
    hold: (claim, holds) => {
      if (!holds) throw new Error(`Not so: ${claim}.`);
      checks += 1;
      tell({ kind: 'held', claim });
    },
    tell,
    cloud,
  };
  for (const [index, { title, run }] of STEPS.entries()) {
    tell({ kind: 'step', number: index + 1, of: STEPS.length, title });
    await run(steps);
    await sleep(pauseMs, undefined, { signal });
  }
  return checks;
}

async function applyThree({ mustSucceed, phases, hold }: Steps): Promise<void> {
  await mustSucceed('apply', ...SAMPLES);
  const claim = 'every listener is Provisioning, or Running already';
  await until(claim, async () => {
    const begun = (await phases()).filter((phase) => phase === 'Provisioning' || phase === 'Running');
    return begun.length === 3;
  });
  await mustSucceed('get', 'alblisteners');
  hold(claim, true);
}

async function waitUntilRunning({ mustSucceed, phases, cloud, hold }: Steps): Promise<void> {
  await mustSucceed('wait', '--for=condition=Ready', 'alblisteners', '--all', '--timeout=30s');
  await mustSucceed('get', 'alblisteners');
  hold('kubectl shows three Running listeners', isThreeTimesRunning(await phases()));
  const statuses = onLoadBalancer(await cloud.state()).map(({ ListenerStatus }) => ListenerStatus);
  hold('the cloud has exactly three listeners, all Running', isThreeTimesRunning(statuses));
}

async function editThePort({ show, hold }: Steps): Promise<void> {
  const edit = '{"spec":{"listenerPort":81}}';
  const refused = await show('patch', 'alblistener', 'shop-http', '--type=merge', '-p', edit);
  hold('the edit was refused at apply', refused.code !== 0);
}

async function editTheServerGroup({ mustSucceed, ask, cloud, hold, tell }: Steps): Promise<void> {
  const edit = forwardingTo(FOREIGN_SERVER_GROUP);
  await mustSucceed('patch', 'alblistener', 'shop-http', '--type=merge', '-p', edit);
  await mustSucceed('wait', '--for=condition=Stalled', 'alblistener/shop-http', '--timeout=30s');
  const readyMessage = 'jsonpath={.status.conditions[?(@.type=="Ready")].message}';
  const message = await ask('get', 'alblistener', 'shop-http', '-o', readyMessage);
  tell({ kind: 'message', text: message });
  hold('the message names the cloud’s reason', message.includes('Mismatch.VpcId'));
  hold('the listener still forwards as before', await forwardsTo(cloud, SERVER_GROUP));
}

async function takeBack({ mustSucceed, cloud, hold }: Steps): Promise<void> {
  const edit = forwardingTo(SERVER_GROUP);
  await mustSucceed('patch', 'alblistener', 'shop-http', '--type=merge', '-p', edit);
  await mustSucceed('wait', '--for=condition=Ready', 'alblistener/shop-http', '--timeout=30s');
  hold('the listener forwards as declared', await forwardsTo(cloud, SERVER_GROUP));
}

async function showEvents({ mustSucceed }: Steps): Promise<void> {
  await mustSucceed('get', 'events', '--sort-by=.metadata.creationTimestamp');
}

async function deleteAll({ mustSucceed, cloud, hold }: Steps): Promise<void> {
  await mustSucceed('delete', 'alblisteners', '--all', '--timeout=60s');
  await mustSucceed('get', 'alblisteners');
  hold('the cloud has no listener left', onLoadBalancer(await cloud.state()).length === 0);
  const creations = (await cloud.calls()).filter(({ effect }) => effect?.kind === 'created').length;
  const claim = `of all calls ${creations} created a listener: one for each manifest`;
  hold(claim, creations === SAMPLES.length);
}

function isThreeTimesRunning(states: readonly string[]): boolean {
  return states.length === 3 && states.every((state) => state === 'Running');
}

/** Whether the HTTP listener in the cloud forwards to this server group alone. */
async function forwardsTo(cloud: SimulatorControl, serverGroupId: string): Promise<boolean> {
  const http = onLoadBalancer(await cloud.state()).find(
    ({ ListenerProtocol }) => ListenerProtocol === 'HTTP',
  );
  const groups = http?.DefaultActions.flatMap(
    ({ ForwardGroupConfig }) => ForwardGroupConfig?.ServerGroupTuples ?? [],
  );
  return groups?.length === 1 && groups[0]?.ServerGroupId === serverGroupId;
}

/** A merge patch that makes a listener forward to this server group alone. */
function forwardingTo(serverGroupId: string): string {
  const action = { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] } };
  return JSON.stringify({ spec: { defaultActions: [action] } });
}

async function until(claim: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not within ${PATIENCE_MS / 1000} s: ${claim}.`);
    await sleep(100);
  }
}
