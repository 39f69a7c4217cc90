import { fraction } from './chance.ts';
import { type CallFault, type Fault, isJobFault, type JobFault, matches, trigger } from './fault.ts';
import type { Job } from './job.ts';
import type { WireParameters } from './parameters.ts';
import { draw, type State } from './state.ts';

/** A call as far as fault rules look at it, and where the ids of those that fire are noted. */
export interface FaultedCall {
  readonly action: string;
  readonly parameters: WireParameters;
  faults: readonly string[];
}

/** The faults of one phase that fire on this call, up to the first that ends it. */
export function fire(state: State, call: FaultedCall, phase: 'before' | 'after'): readonly CallFault[] {
  const fired: CallFault[] = [];
  const ofPhase = (fault: Fault): fault is CallFault => !isJobFault(fault) && fault.effect === phase;
  for (const fault of triggered(state, call, ofPhase)) {
    fired.push(fault);
    if (fault.kind !== 'delay' && fault.kind !== 'hold') break;
  }
  return fired;
}

/** The job as the first rule that fires on its call wants it. */
export function withJobFault(state: State, call: FaultedCall, job: Job): Job {
  const { value: fault } = triggered(state, call, isJobFault).next();
  if (fault === undefined) return job;
  const plan = planUnder(fault, job.plan);
  return { ...job, plan };
}

function planUnder(fault: JobFault, plan: Job['plan']): Job['plan'] {
  switch (fault.kind) {
    case 'failJob':
      return { ...plan, failure: { code: fault.code, message: fault.message } };
    case 'hangJob':
      return { ...plan, endsAt: null };
  }
}

/** Counts the call at each rule it matches, one after the other for as long as the caller goes on asking. */
function* triggered<Wanted extends Fault>(
  state: State,
  call: FaultedCall,
  wanted: (fault: Fault) => fault is Wanted,
): Generator<Wanted, undefined> {
  for (const [index, rule] of state.faultRules.entries()) {
    const { fault } = rule;
    if (!wanted(fault) || !matches(fault, call.action, call.parameters)) continue;
    const outcome = trigger(rule, () => fraction(state.seed, draw(state)));
    state.faultRules[index] = outcome.rule;
    if (!outcome.fires) continue;
    call.faults = [...call.faults, rule.id];
    yield fault;
  }
  return undefined;
}
