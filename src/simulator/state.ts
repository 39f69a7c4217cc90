import { z } from 'zod';
import { type CallRecord, callLogLimit, callSchema } from './call-log.ts';
import { type FaultRule, faultRuleSchema } from './fault.ts';
import { type Inventory, type InventoryInput, inventorySchema } from './inventory.ts';
import { afterFailure, afterSuccess, type Job, jobSchema } from './job.ts';
import { type Listener, listenerSchema } from './listener.ts';
import { type Settings, type SettingsInput, settingsSchema } from './settings.ts';
import { type TokenRecord, tokenKey, tokenSchema } from './token.ts';

/** All there is. Only this file changes listeners and jobs; operations say what is to change as a value. */
export interface State {
  readonly seed: string;
  /** Ids and chances drawn so far. */
  drawn: number;
  /** Sequence number of the latest call. */
  lastCall: number;
  /** How far the simulated clock is ahead of the real one. */
  clockShiftMs: number;
  settings: Settings;
  inventory: Inventory;
  /** In the order of creation. */
  readonly listeners: Map<string, Listener>;
  readonly jobs: Map<string, Job>;
  /** Ids of the jobs that are Processing. */
  readonly processing: Set<string>;
  readonly tokens: Map<string, TokenRecord>;
  /** What listeners were before each change, newest last: the past that a lagging read still shows. */
  past: Past[];
  faultRules: FaultRule[];
  calls: CallRecord[];
}

/** The state as an operation may see it. */
export type StateView = Readonly<
  Pick<State, 'settings' | 'inventory' | 'past'> & {
    listeners: ReadonlyMap<string, Listener>;
    jobs: ReadonlyMap<string, Job>;
    processing: ReadonlySet<string>;
  }
>;

interface Past {
  readonly at: number;
  readonly listenerId: string;
  readonly before: Listener | null;
}

export type Change =
  | { readonly kind: 'putListener'; readonly listener: Listener }
  | { readonly kind: 'removeListener'; readonly listenerId: string }
  | { readonly kind: 'putJob'; readonly job: Job };

export function newState(options: {
  readonly seed: string;
  readonly settings?: SettingsInput;
  readonly inventory?: InventoryInput;
}): State {
  return {
    seed: options.seed,
    drawn: 0,
    lastCall: 0,
    clockShiftMs: 0,
    settings: settingsSchema.parse(options.settings ?? {}),
    inventory: inventorySchema.parse(options.inventory ?? {}),
    listeners: new Map(),
    jobs: new Map(),
    processing: new Set(),
    tokens: new Map(),
    past: [],
    faultRules: [],
    calls: [],
  };
}

/** The next number for an id or a chance; none comes twice. */
export function draw(state: State): number {
  state.drawn += 1;
  return state.drawn;
}

export function apply(state: State, changes: readonly Change[], now: number): void {
  for (const change of changes) {
    switch (change.kind) {
      case 'putListener':
        remember(state, change.listener.ListenerId, now);
        state.listeners.set(change.listener.ListenerId, change.listener);
        break;
      case 'removeListener':
        remember(state, change.listenerId, now);
        state.listeners.delete(change.listenerId);
        break;
      case 'putJob':
        state.jobs.set(change.job.Id, change.job);
        if (change.job.Status === 'Processing') state.processing.add(change.job.Id);
        else state.processing.delete(change.job.Id);
        break;
    }
  }
}

/** Ends every job whose time has come, in the order of their times. Returns whether there was one. */
export function advance(state: State, now: number): boolean {
  const due = [...state.processing]
    .map((id) => state.jobs.get(id))
    .filter((job) => job !== undefined)
    .map((job) => ({ job, endsAt: job.plan.endsAt ?? Number.POSITIVE_INFINITY }))
    .filter(({ endsAt }) => endsAt <= now)
    .sort((a, b) => a.endsAt - b.endsAt);
  for (const { job, endsAt } of due) endJob(state, job, endsAt);
  forgetOldJobs(state, now);
  return due.length > 0;
}

/** Ends one job at this moment as it is planned, hanging or not. */
export function endJob(state: State, job: Job, at: number): void {
  const listener = state.listeners.get(job.ResourceId);
  const { failure } = job.plan;
  const ended: Job =
    failure === null
      ? { ...job, Status: 'Succeeded', ModifyTime: at }
      : { ...job, Status: 'Failed', ModifyTime: at, ErrorCode: failure.code, ErrorMessage: failure.message };
  const changes: Change[] = [{ kind: 'putJob', job: ended }];
  if (listener !== undefined) {
    const after =
      failure === null ? afterSuccess(job, listener) : afterFailure(job, listener, state.settings);
    changes.push(
      after === undefined
        ? { kind: 'removeListener', listenerId: listener.ListenerId }
        : { kind: 'putListener', listener: after },
    );
  }
  apply(state, changes, at);
}

/** The state as a read shows it whose listeners lag behind by `lagMs`, and their tags by `tagLagMs` or more. */
export function asRead(state: StateView, now: number, lagMs: number): StateView {
  const { tagLagMs } = state.settings;
  const listeners = listenersAt(state, now - lagMs);
  if (tagLagMs <= lagMs) return { ...state, listeners };
  const tagged = listenersAt(state, now - tagLagMs);
  const shown = [...listeners].map(([id, listener]): [string, Listener] => {
    return [id, { ...listener, Tags: tagged.get(id)?.Tags ?? [] }];
  });
  return { ...state, listeners: new Map(shown) };
}

function listenersAt(state: StateView, at: number): ReadonlyMap<string, Listener> {
  const newest = state.past.at(-1);
  if (newest === undefined || newest.at <= at) return state.listeners;
  const listeners = new Map(state.listeners);
  for (const past of state.past.toReversed()) {
    if (past.at <= at) break;
    if (past.before === null) listeners.delete(past.listenerId);
    else listeners.set(past.listenerId, past.before);
  }
  return listeners;
}

export function logCall(state: State, record: CallRecord): void {
  state.calls.push(record);
  if (state.calls.length > callLogLimit) state.calls = state.calls.slice(-callLogLimit);
}

function remember(state: State, listenerId: string, now: number): void {
  state.past.push({ at: now, listenerId, before: state.listeners.get(listenerId) ?? null });
  const { listLagMs, attributeLagMs, tagLagMs } = state.settings;
  const needed = now - Math.max(listLagMs, attributeLagMs, tagLagMs);
  const first = state.past.findIndex((past) => past.at > needed);
  state.past = first === -1 ? [] : state.past.slice(first);
}

function forgetOldJobs(state: State, now: number): void {
  for (const [id, job] of state.jobs) {
    if (job.Status === 'Processing') continue;
    if (now - job.ModifyTime < state.settings.jobRetentionMs) return;
    state.jobs.delete(id);
  }
}

const snapshotSchema = z.strictObject({
  version: z.literal(1),
  seed: z.string(),
  drawn: z.int(),
  lastCall: z.int(),
  clockShiftMs: z.number(),
  settings: settingsSchema,
  inventory: inventorySchema,
  listeners: z.array(listenerSchema),
  jobs: z.array(jobSchema),
  tokens: z.array(z.tuple([z.string(), tokenSchema])),
  past: z.array(
    z.strictObject({ at: z.number(), listenerId: z.string(), before: listenerSchema.nullable() }),
  ),
  faultRules: z.array(faultRuleSchema),
  calls: z.array(callSchema),
});

/** The state as JSON text. It holds the secrets of the accepted credentials. */
export function serialise(state: State): string {
  const { processing: _, listeners, jobs, tokens, ...plain } = state;
  return JSON.stringify({
    version: 1,
    ...plain,
    listeners: [...listeners.values()],
    jobs: [...jobs.values()],
    tokens: [...tokens],
  });
}

/** Throws with the place and the reason when the text is not a state of this version. */
export function deserialise(text: string): State {
  const { version: _, listeners, jobs, tokens, ...plain } = snapshotSchema.parse(JSON.parse(text));
  return {
    ...plain,
    listeners: new Map(listeners.map((listener) => [listener.ListenerId, listener])),
    jobs: new Map(jobs.map((job) => [job.Id, job])),
    processing: new Set(jobs.filter((job) => job.Status === 'Processing').map((job) => job.Id)),
    // The keys of an older file do not have the account in them.
    tokens: new Map(
      tokens.map(([, record]) => [tokenKey(record.accountId, record.action, record.token), record]),
    ),
  };
}
