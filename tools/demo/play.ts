import { sleep, systemClock } from '../../src/runtime/clock.ts';
import type { Tell } from './happening.ts';
import type { Outcome } from './outcome.ts';
import { takeSnapshot } from './snapshot.ts';
import { type WalkOptions, walk } from './walk.ts';
import { SAMPLES, startWorld, type World } from './world.ts';

const REFRESH_MS = 500;
/** After each step. Readable is long enough to see what it did. */
const PAUSE_MS = { fast: 0, readable: 3000 } as const;
const SHOWN_OPERATOR_LINES = 20;

export interface PlayOptions {
  /** Ends after the walk. */
  readonly isOnce: boolean;
  readonly pace: keyof typeof PAUSE_MS;
  readonly signal: AbortSignal;
}

/** Builds the world of the demo, walks through it, and keeps it until the signal aborts. */
export async function play({ isOnce, pace, signal }: PlayOptions, tell: Tell): Promise<Outcome> {
  try {
    await using world = await startWorld(tell, signal);
    const options: WalkOptions = { pauseMs: PAUSE_MS[pace], signal };
    if (isOnce) return await walked(world, tell, options);

    const watching = watch(world, tell, signal);
    const outcome = await walked(world, tell, options);
    if (outcome.kind === 'held') {
      await world.controlPlane.kubectl(['apply', ...SAMPLES], { signal });
      tell({ kind: 'handedOver' });
    }
    await watching;
    return outcome;
  } catch (error) {
    return signal.aborted
      ? { kind: 'interrupted', during: 'start' }
      : { kind: 'failed', problem: messageOf(error) };
  }
}

async function walked(world: World, tell: Tell, options: WalkOptions): Promise<Outcome> {
  try {
    return { kind: 'held', checks: await walk(world, tell, options) };
  } catch (error) {
    if (options.signal.aborted) return { kind: 'interrupted', during: 'walk' };
    const problem = messageOf(error);
    tell({ kind: 'failed', problem });
    const lastWords = world.operator.lines.slice(-SHOWN_OPERATOR_LINES);
    return {
      kind: 'failed',
      problem: [problem, 'The end of the log of the operator:', ...lastWords].join('\n'),
    };
  }
}

async function watch({ controlPlane, cloud }: World, tell: Tell, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      tell({ kind: 'seen', snapshot: await takeSnapshot(controlPlane.get, cloud, Date.now()) });
    } catch {
      // It is asked again in a moment; until then the last snapshot stands.
    }
    await sleep(systemClock, REFRESH_MS, signal);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
