import type { Gate } from '../gates.ts';
import type { World } from '../world.ts';
import type { Disturbance } from './disturbance.ts';

/** Where most of what is under way waits, and a death teaches least. */
const COMMON =
  /^(watch|list|get alblisteners|write status$|write event|add|get lease|write lease|GetListenerAttribute|ListListeners)/;
/** What a listener needs once in its life, if at all. */
const SELDOM =
  /^(Update|Associate|Dissociate|Start|Stop|Tag|UnTag|Delete|ListListenerCertificates|write status whatever|count|dry run)/;
const LONGEST_SLEEP_MS = 240_000;

/** A process dies at one of the places where it waits. */
export const CRASH: Disturbance = {
  kind: 'crash',
  weight: 5,
  strike: (world) => {
    const { gates, chance, processes } = world;
    const rare = gates.living.filter(isRare);
    const gate = chance.pick(rare.length > 0 && chance.happens(0.8) ? rare : gates.living);
    if (gate !== undefined) return crashAt(gate, world);
    const process = chance.pick(processes.living);
    if (process === undefined) return undefined;
    processes.kill(process);
    return process.name;
  },
};

export function crashAt(
  { process: traveller, point, stage }: Gate,
  { processes }: World,
): string | undefined {
  const process = processes.living.find((one) => one === traveller);
  if (process === undefined) return undefined;
  processes.kill(process);
  return `${process.name} at ${point} (${stage})`;
}

/** Whether it is one of the places where few things wait. */
export function isRare({ point, stage }: Gate): boolean {
  return stage !== 'event' && !COMMON.test(point);
}

/** How likely a process dies where it waits, so that it does so everywhere about as often. */
export function riskAt(gate: Gate): number {
  if (!isRare(gate)) return 0;
  if (/^(Dissociate|Start)/.test(gate.point)) return gate.stage === 'request' ? 0.6 : 0.9;
  return SELDOM.test(gate.point) ? 0.4 : 0.03;
}

/** What happens to the processes of the operator and to the machines that they run on. */
export const MACHINES: readonly Disturbance[] = [
  CRASH,
  {
    kind: 'crash while stopping',
    weight: 8,
    strike: ({ chance, processes }) => {
      const process = chance.pick(processes.living.filter(({ isStopping }) => isStopping));
      if (process === undefined) return undefined;
      processes.kill(process);
      return process.name;
    },
  },
  {
    kind: 'stop',
    weight: 4,
    strike: ({ chance, processes }) => {
      const process = chance.pick(processes.living.filter(({ isStopping }) => !isStopping));
      if (process === undefined) return undefined;
      processes.terminate(process);
      return process.name;
    },
  },
  {
    kind: 'second leader',
    weight: 3,
    strike: ({ processes }) => (processes.living.length === 1 ? processes.start().name : undefined),
  },
  {
    kind: 'machine sleeps',
    weight: 3,
    strike: (world) => {
      const { chance, processes } = world;
      const process = chance.pick(processes.living.filter(({ isPaused }) => !isPaused));
      if (process === undefined) return undefined;
      process.pause();
      // A node that does not answer gets a successor for what ran on it.
      if (processes.living.length === 1 && chance.happens(0.5)) processes.start();
      world.endLater(chance.between(1000, LONGEST_SLEEP_MS), `${process.name} wakes`, () => process.wake());
      return process.name;
    },
  },
  {
    kind: 'clock jumps',
    weight: 2,
    strike: ({ chance, processes }) => {
      const process = chance.pick(processes.living);
      if (process === undefined) return undefined;
      const aheadMs = processes.skew();
      process.clock.jump(aheadMs);
      return `${process.name} is ${aheadMs} ms ahead`;
    },
  },
];
