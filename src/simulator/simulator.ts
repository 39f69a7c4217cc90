import { accountOf, viewOf } from './accounts.ts';
import type { Answer, IncomingCall } from './answer.ts';
import type { CallRecord } from './call-log.ts';
import { listenerId, uuid } from './chance.ts';
import { fire, withJobFault } from './fault-rules.ts';
import type { InventoryInput } from './inventory.ts';
import { operations } from './operations/index.ts';
import type { Context, Operation } from './operations/operation.ts';
import type { WireParameters } from './parameters.ts';
import { dryRunPassed, invalidParameter, type Refusal, unknownAction } from './refusal.ts';
import { type Reply, replyTo } from './reply.ts';
import { RequestRate } from './request-rate.ts';
import { withoutSecrets } from './secret-parameters.ts';
import type { SettingsInput } from './settings.ts';
import { advance, apply, type Change, draw, logCall, newState, type State } from './state.ts';
import { askSts } from './sts/ask.ts';
import { stsOperations } from './sts/index.ts';
import { judgeToken, rememberToken, type TokenRecord, TokensInFlight, tokenKey } from './token.ts';

/** The record of a call while it is written. */
type OpenRecord = { -readonly [Name in keyof CallRecord]: CallRecord[Name] };

/**
 * The OpenAPI of ALB, and that of STS, as a state machine: calls in, answers out. No network, no timers, no chance
 * of its own: time comes from the clock given, chance from the seed. Asynchronous work is caught up with whenever a
 * call arrives.
 */
export class Simulator {
  readonly state: State;
  readonly #clock: () => number;
  readonly #save: (state: State) => void;
  readonly #rate = new RequestRate();
  readonly #tokensInFlight = new TokensInFlight();

  constructor(options: {
    /** Milliseconds since 1970. */
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

  /** One whole call for a caller in this process. */
  call(action: string, parameters: WireParameters, accessKeyId = 'in-process'): Reply {
    return replyTo(this.receive(action, parameters, accessKeyId));
  }

  /** Takes a call in. What is to happen to it, and when, is up to the caller: see IncomingCall. */
  receive(action: string, parameters: WireParameters, accessKeyId: string | null): IncomingCall {
    const record = this.#log(action, parameters, accessKeyId);
    const before = this.#fire(record, 'before');
    const account = accountOf(this.state.inventory, accessKeyId);
    const token = this.#tokensInFlight.claim(account, action, parameters['ClientToken']);
    return {
      sequence: record.sequence,
      requestId: record.requestId,
      before,
      perform: () => {
        const answer = this.#perform(record, { parameters, account, tokenTaken: token.taken });
        token.release();
        record.outcome = answer.ok ? 'Success' : answer.refusal.code;
        return { answer, after: this.#fire(record, 'after') };
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
    const record = this.#log(action, parameters, accessKeyId);
    record.outcome = refusal.code;
    record.reached = true;
    return { ok: false, requestId: record.requestId, refusal };
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

  #log(action: string, parameters: WireParameters, accessKeyId: string | null): OpenRecord {
    this.state.lastCall += 1;
    const sequence = this.state.lastCall;
    const at = this.now();
    const record: OpenRecord = {
      sequence,
      at,
      action,
      accessKeyId,
      // The time is in it because reads are not saved: a restart may count the same call numbers again.
      requestId: uuid(this.state.seed, `request/${at}`, sequence).toUpperCase(),
      parameters: withoutSecrets(parameters),
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

  /** How often a rule has fired has to survive a restart too. */
  #fire(record: OpenRecord, phase: 'before' | 'after') {
    const fired = fire(this.state, record, phase);
    if (fired.length > 0) this.#save(this.state);
    return fired;
  }

  #perform(record: OpenRecord, call: Received): Answer {
    const { state } = this;
    const { action } = record;
    const { parameters, account } = call;
    const now = this.now();
    advance(state, now);

    const operation = operations.get(action);
    if (operation === undefined) return this.#askSts(record, parameters);
    const throttled = this.#rate.count(account, action, now, state.settings.callsPerMinute);
    if (throttled !== undefined) return refused(record, throttled);
    const control = requestControl(operation, parameters);
    if ('code' in control) return refused(record, control);

    const { token, rest } = control;
    if (token !== undefined) {
      const known = state.tokens.get(tokenKey(account, action, token));
      const again = {
        parameters: rest,
        now,
        inFlight: call.tokenTaken,
        exists: (id: string) => state.listeners.has(id),
      };
      const verdict = judgeToken(known, again, state.settings);
      if (verdict.kind === 'refuse') return refused(record, verdict.refusal);
      if (verdict.kind === 'replay') return replayed(record, verdict.answer);
    }

    return this.#execute(operation, record, account, control, now);
  }

  /** Keys live by the clock that signatures are judged by, which nobody moves on. */
  #askSts(record: OpenRecord, parameters: WireParameters): Answer {
    const { state } = this;
    const { action, accessKeyId, requestId } = record;
    const operation = stsOperations.get(action);
    if (operation === undefined) return refused(record, unknownAction());
    const result = askSts(state, operation, { parameters, accessKeyId, now: this.#clock() });
    record.ignoredParameters = Object.keys(parameters).filter((name) => !operation.parameters.includes(name));
    if (!result.ok) return refused(record, result.refusal);
    if (result.issued !== undefined) this.#save(state);
    return { ok: true, requestId, body: result.body };
  }

  #execute(
    operation: Operation,
    record: OpenRecord,
    account: string,
    control: RequestControl,
    now: number,
  ): Answer {
    const { state } = this;
    const { requestId, action, parameters } = record;
    const { token, dryRun, rest } = control;
    const remember = (answer: TokenRecord['answer'], id: string | null) => {
      if (token === undefined) return;
      const entry = { accountId: account, action, token, at: now, parameters: rest, answer, listenerId: id };
      rememberToken(state.tokens, entry, state.settings);
    };

    const result = operation.run(parameters, this.#context(account, now));
    record.ignoredParameters = result.ignoredParameters;
    if (dryRun) return refused(record, result.ok ? dryRunPassed() : result.refusal);
    if (!result.ok) {
      if (state.settings.replayFailures) {
        const { status, code, message } = result.refusal;
        remember({ ok: false, refusal: { status, code, message } }, null);
        this.#save(state);
      }
      return refused(record, result.refusal);
    }

    const changes = result.changes.map((change) =>
      change.kind === 'putJob' ? { kind: change.kind, job: withJobFault(state, record, change.job) } : change,
    );
    record.effect = effectOf(changes, (id) => state.listeners.has(id));
    apply(state, changes, now);
    advance(state, now);
    const created = record.effect?.kind === 'created' ? record.effect.listenerIds[0] : undefined;
    remember({ ok: true, body: result.body }, created ?? null);
    if (changes.length > 0) this.#save(state);
    return { ok: true, requestId, body: result.body };
  }

  #context(account: string, now: number): Context {
    const { state } = this;
    return {
      state: viewOf(state, account),
      now,
      newListenerId: () => listenerId(state.seed, draw(state)),
      newJobId: () => uuid(state.seed, 'job', draw(state)),
    };
  }
}

/** A call as it arrived. */
interface Received {
  /** With the secrets that the log does not have. */
  readonly parameters: WireParameters;
  readonly account: string;
  /** Whether another call under its ClientToken was under way. */
  readonly tokenTaken: boolean;
}

/** What a request says about how it is to be treated. */
interface RequestControl {
  /** Undefined for a dry run too: it neither uses a token nor is answered from one. */
  readonly token: string | undefined;
  readonly dryRun: boolean;
  /** The parameters that a token stands for. */
  readonly rest: WireParameters;
}

function requestControl(operation: Operation, parameters: WireParameters): RequestControl | Refusal {
  if (!operation.write) return { token: undefined, dryRun: false, rest: parameters };
  const { ClientToken, DryRun = 'false', ...rest } = parameters;
  if (ClientToken !== undefined && !/^[\x21-\x7e]{1,64}$/.test(ClientToken)) {
    return invalidParameter('ClientToken: 1 to 64 ASCII characters');
  }
  if (DryRun !== 'true' && DryRun !== 'false') return invalidParameter('DryRun: true or false');
  const dryRun = DryRun === 'true';
  return { token: dryRun ? undefined : ClientToken, dryRun, rest };
}

function refused(record: OpenRecord, refusal: Refusal): Answer {
  if (refusal.detail !== undefined) record.detail = refusal.detail;
  return { ok: false, requestId: record.requestId, refusal };
}

function replayed(record: OpenRecord, answer: TokenRecord['answer']): Answer {
  record.replayed = true;
  return { ...answer, requestId: record.requestId };
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
