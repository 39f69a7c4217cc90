import type { CallRecord } from './call-log.ts';
import { fraction, listenerId, uuid } from './chance.ts';
import { type CallFault, type Fault, type JobFault, matches, trigger } from './fault.ts';
import type { InventoryInput } from './inventory.ts';
import { operations } from './operations/index.ts';
import type { Body, Operation } from './operations/operation.ts';
import type { WireParameters } from './parameters.ts';
import { invalidParameter, type Refusal, refuse } from './refusal.ts';
import type { SettingsInput } from './settings.ts';
import { advance, apply, type Change, logCall, newState, type State } from './state.ts';
import { RequestRate } from './request-rate.ts';
import { judgeToken, type TokenRecord, tokenKey } from './token.ts';

export type Answer =
  | { readonly ok: true; readonly requestId: string; readonly body: Body }
  | { readonly ok: false; readonly requestId: string; readonly refusal: Refusal };

/** What a caller without a network gets of a call. `delayMs` is how long a real one would have waited. */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly delayMs: number }
  | { readonly kind: 'body'; readonly status: number; readonly text: string; readonly delayMs: number }
  /** No answer ever comes. Whether the call took effect is what the caller cannot know. */
  | { readonly kind: 'silence'; readonly delayMs: number };

/** A call that has arrived. Its faults are for whoever carries the answer to act out. */
export interface IncomingCall {
  readonly sequence: number;
  readonly requestId: string;
  /** What befalls the call before it is looked at. Where one of these ends it, `perform` is not to be called. */
  readonly before: readonly CallFault[];
  /** Lets the call take effect, once. `after` is what befalls the answer. */
  perform(): { readonly answer: Answer; readonly after: readonly CallFault[] };
  /** Notes what the caller was given, in place of what `perform` answered where that differs. */
  told(outcome: string): void;
  /** Ends the call. `reached`: whether the caller was still there. */
  end(reached: boolean): void;
}

/**
 * The ALB OpenAPI as a state machine: calls in, answers out. No network, no timers, no chance of its own: time
 * comes from the clock given, chance from the seed. Asynchronous work is caught up with whenever a call arrives.
 */
export class Simulator {
  readonly state: State;
  readonly #clock: () => number;
  readonly #save: (state: State) => void;
  readonly #rate = new RequestRate();
  /** Tokens of calls that have arrived and not been performed. */
  readonly #tokensInFlight = new Set<string>();

  constructor(options: {
    readonly clock: () => number;
    readonly seed?: string;
    readonly settings?: SettingsInput;
    readonly inventory?: InventoryInput;
    /** A state to go on with; seed, settings and inventory then come from it. */
    readonly state?: State;
    /** Called after every effect, before its answer. */
    readonly save?: (state: State) => void;
  }) {
    const { seed = 'simulator', settings = {}, inventory = {} } = options;
    this.state = options.state ?? newState({ seed, settings, inventory });
    this.#clock = options.clock;
    this.#save = options.save ?? (() => {});
  }

  /** Simulated time, milliseconds since 1970. */
  now(): number {
    return this.#clock() + this.state.clockShiftMs;
  }

  /** One whole call for callers in this process. A call that is to be held counts as silence: nobody could release it. */
  call(action: string, parameters: WireParameters, accessKeyId = 'in-process'): Reply {
    const incoming = this.receive(action, parameters, accessKeyId);
    const early = passFaults(incoming, incoming.before);
    if (early.end !== undefined) return early.end;
    const { answer, after } = incoming.perform();
    const late = passFaults(incoming, after, early.delayMs);
    if (late.end !== undefined) return late.end;
    incoming.end(true);
    return { kind: 'answer', answer, delayMs: late.delayMs };
  }

  receive(action: string, parameters: WireParameters, accessKeyId: string | null): IncomingCall {
    const { state } = this;
    const sequence = ++state.lastCall;
    const requestId = uuid(state.seed, `request/${this.now()}`, sequence).toUpperCase();
    const record = this.#log(sequence, requestId, action, parameters, accessKeyId);
    const before = this.#fire(action, parameters, record, 'before');
    const token = this.#claimToken(action, parameters);
    return {
      sequence,
      requestId,
      before,
      perform: () => {
        const answer = this.#perform(action, parameters, record, token.taken);
        token.release();
        record.outcome = answer.ok ? 'Success' : answer.refusal.code;
        return { answer, after: this.#fire(action, parameters, record, 'after') };
      },
      told: (outcome) => {
        record.outcome = outcome;
      },
      end: (reached) => {
        token.release();
        record.reached = reached;
      },
    };
  }

  /** Logs a call that was turned away at the door. */
  turnAway(action: string, parameters: WireParameters, accessKeyId: string | null, refusal: Refusal): Answer {
    const sequence = ++this.state.lastCall;
    const requestId = uuid(this.state.seed, `request/${this.now()}`, sequence).toUpperCase();
    const record = this.#log(sequence, requestId, action, parameters, accessKeyId);
    record.outcome = refusal.code;
    record.reached = true;
    return { ok: false, requestId, refusal };
  }

  /** Makes changes that no call asked for, such as those of a person at the console. */
  change(changes: readonly Change[]): void {
    apply(this.state, changes, this.now());
    this.saved();
  }

  /** To be called after every direct change of the state. */
  saved(): void {
    advance(this.state, this.now());
    this.#save(this.state);
  }

  draw(): number {
    return this.state.drawn++;
  }

  #log(
    sequence: number,
    requestId: string,
    action: string,
    parameters: WireParameters,
    accessKeyId: string | null,
  ): Mutable<CallRecord> {
    const record: Mutable<CallRecord> = {
      sequence,
      at: this.now(),
      action,
      accessKeyId,
      requestId,
      parameters,
      ignoredParameters: [],
      outcome: null,
      effect: null,
      replayed: false,
      faults: [],
      reached: null,
    };
    logCall(this.state, record);
    return record;
  }

  #perform(
    action: string,
    parameters: WireParameters,
    record: Mutable<CallRecord>,
    tokenTaken: boolean,
  ): Answer {
    const { state } = this;
    const { requestId } = record;
    const refused = (refusal: Refusal): Answer => {
      if (refusal.detail !== undefined) record.detail = refusal.detail;
      return { ok: false, requestId, refusal };
    };
    const now = this.now();
    advance(state, now);

    const operation = operations.get(action);
    if (operation === undefined) return refused(unknownAction());
    const throttled = this.#rate.count(action, now, state.settings.callsPerMinute);
    if (throttled !== undefined) return refused(throttled);
    const { ClientToken, DryRun = 'false', ...rest } = parameters;
    const token = operation.write ? ClientToken : undefined;
    if (token !== undefined && !/^[\x21-\x7e]{1,64}$/.test(token)) {
      return refused(invalidParameter('ClientToken: 1 to 64 ASCII characters'));
    }
    if (operation.write && DryRun !== 'true' && DryRun !== 'false') {
      return refused(invalidParameter('DryRun: true or false'));
    }
    const dryRun = operation.write && DryRun === 'true';

    if (token !== undefined && !dryRun) {
      const verdict = judgeToken(
        state.tokens.get(tokenKey(action, token)),
        { parameters: rest, now, inFlight: tokenTaken, exists: (id) => state.listeners.has(id) },
        state.settings,
      );
      if (verdict.kind === 'refuse') return refused(verdict.refusal);
      if (verdict.kind === 'replay') {
        record.replayed = true;
        const { answer } = verdict;
        return answer.ok ? { ok: true, requestId, body: answer.body } : refused(answer.refusal);
      }
    }

    const result = this.#run(operation, parameters, now);
    record.ignoredParameters = result.ignoredParameters;
    if (dryRun) return refused(result.ok ? dryRunPassed() : result.refusal);
    if (!result.ok) {
      if (token !== undefined && state.settings.replayFailures) {
        const { status, code, message } = result.refusal;
        const refusal = { status, code, message };
        this.#rememberToken({ action, token, at: now, parameters: rest, answer: { ok: false, refusal }, listenerId: null });
        this.#save(state);
      }
      return refused(result.refusal);
    }
    const changes = result.changes.map((change) =>
      change.kind === 'putJob' ? this.#withJobFault(change, action, parameters, record) : change,
    );
    record.effect = effectOf(changes, (id) => state.listeners.has(id));
    apply(state, changes, now);
    advance(state, now);
    if (token !== undefined) {
      const created = record.effect?.kind === 'created' ? record.effect.listenerIds[0] : undefined;
      const answer = { ok: true as const, body: result.body };
      this.#rememberToken({ action, token, at: now, parameters: rest, answer, listenerId: created ?? null });
    }
    if (changes.length > 0) this.#save(state);
    return { ok: true, requestId, body: result.body };
  }

  #run(operation: Operation, parameters: WireParameters, now: number) {
    return operation.run(parameters, {
      state: this.state,
      now,
      newListenerId: () => listenerId(this.state.seed, this.draw()),
      newJobId: () => uuid(this.state.seed, 'job', this.draw()),
    });
  }

  #rememberToken(record: TokenRecord): void {
    const { tokens, settings } = this.state;
    for (const [key, old] of tokens) {
      if (record.at - old.at < settings.tokenLifetimeMs) break;
      tokens.delete(key);
    }
    const key = tokenKey(record.action, record.token);
    tokens.delete(key);
    tokens.set(key, record);
  }

  /** Of two calls with one token that are under way at the same time, the second finds it taken. */
  #claimToken(action: string, parameters: WireParameters) {
    const token = parameters['ClientToken'];
    if (token === undefined) return { taken: false, release: () => {} };
    const key = tokenKey(action, token);
    if (this.#tokensInFlight.has(key)) return { taken: true, release: () => {} };
    this.#tokensInFlight.add(key);
    let held = true;
    const release = () => {
      if (held) this.#tokensInFlight.delete(key);
      held = false;
    };
    return { taken: false, release };
  }

  /** The faults of one phase that fire on this call, up to the first that ends it. */
  #fire(
    action: string,
    parameters: WireParameters,
    record: Mutable<CallRecord>,
    phase: 'before' | 'after',
  ): readonly CallFault[] {
    const fired: CallFault[] = [];
    for (const fault of this.#triggered(action, parameters, record, (rule) => phaseOf(rule) === phase)) {
      if (!isJobFault(fault)) fired.push(fault);
      if (fault.kind !== 'delay' && fault.kind !== 'hold') break;
    }
    return fired;
  }

  #withJobFault(
    change: Extract<Change, { kind: 'putJob' }>,
    action: string,
    parameters: WireParameters,
    record: Mutable<CallRecord>,
  ): Change {
    const { job } = change;
    for (const fault of this.#triggered(action, parameters, record, isJobFault)) {
      if (fault.kind === 'hangJob') return { kind: 'putJob', job: { ...job, plan: { ...job.plan, endsAt: null } } };
      if (fault.kind === 'failJob') {
        const failure = { code: fault.code, message: fault.message };
        return { kind: 'putJob', job: { ...job, plan: { ...job.plan, failure } } };
      }
    }
    return change;
  }

  *#triggered(
    action: string,
    parameters: WireParameters,
    record: Mutable<CallRecord>,
    wanted: (fault: Fault) => boolean,
  ): Generator<Fault, void> {
    for (const [index, rule] of this.state.faultRules.entries()) {
      if (!wanted(rule.fault) || !matches(rule.fault, action, parameters)) continue;
      const outcome = trigger(rule, () => fraction(this.state.seed, this.draw()));
      this.state.faultRules[index] = outcome.rule;
      if (!outcome.fires) continue;
      record.faults = [...record.faults, rule.id];
      yield rule.fault;
    }
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function phaseOf(fault: Fault): 'before' | 'after' | 'job' {
  return isJobFault(fault) ? 'job' : fault.effect;
}

function isJobFault(fault: Fault): fault is JobFault {
  return fault.kind === 'failJob' || fault.kind === 'hangJob';
}

/** Acts out faults for a caller without a network. `end` is set when they leave nothing to come. */
function passFaults(
  call: IncomingCall,
  faults: readonly CallFault[],
  waited = 0,
): { readonly delayMs: number; readonly end?: Reply } {
  let delayMs = waited;
  const ended = (outcome: string, reached: boolean, end: Reply) => {
    call.told(outcome);
    call.end(reached);
    return { delayMs, end };
  };
  for (const fault of faults) {
    switch (fault.kind) {
      case 'delay':
        delayMs += fault.ms;
        break;
      case 'cut':
      case 'hang':
      case 'hold':
        return ended(fault.kind, false, { kind: 'silence', delayMs });
      case 'error': {
        const answer = { ok: false as const, requestId: call.requestId, refusal: refusalOf(fault) };
        return ended(fault.code, true, { kind: 'answer', answer, delayMs });
      }
      case 'body':
        return ended(`body ${fault.status}`, true, {
          kind: 'body',
          status: fault.status,
          text: fault.text,
          delayMs,
        });
    }
  }
  return { delayMs };
}

/** The error answer that a fault rule asks for. */
export function refusalOf(fault: Extract<CallFault, { kind: 'error' }>): Refusal {
  const { status, code, message, retryAfterMs } = fault;
  return { status, code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

export function unknownAction(): Refusal {
  return refuse(404, 'InvalidAction.NotFound', 'Specified api is not found, please check your url and method.');
}

function dryRunPassed(): Refusal {
  return refuse(400, 'DryRunOperation', 'Request validation has been passed with DryRun flag set.');
}

function effectOf(changes: readonly Change[], exists: (listenerId: string) => boolean): CallRecord['effect'] {
  const listenerIds: string[] = [];
  let kind: 'created' | 'changed' | 'deleted' = 'changed';
  for (const change of changes) {
    switch (change.kind) {
      case 'putListener':
        listenerIds.push(change.listener.ListenerId);
        if (!exists(change.listener.ListenerId)) kind = 'created';
        break;
      case 'removeListener':
        listenerIds.push(change.listenerId);
        kind = 'deleted';
        break;
      case 'putJob':
        if (change.job.plan.finalStatus === 'Gone') kind = 'deleted';
        break;
    }
  }
  return listenerIds.length === 0 ? null : { kind, listenerIds };
}
