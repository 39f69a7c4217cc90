import { type Decision, report } from './decision.ts';
import { ownerOf, ownershipTags } from './ownership.ts';
import { planFor } from './plan.ts';
import { REASONS } from './reason.ts';
import type { AlbListener } from './resource.ts';
import type { ResolvedSpec } from './schema/spec.ts';

/** What is left of a decision under `spec.reconcilePolicy`. Pure and total. */
export function underPolicy(object: AlbListener, spec: ResolvedSpec, decision: Decision): Decision {
  switch (spec.reconcilePolicy ?? 'Manage') {
    case 'Observe':
      return watched(object, decision);
    case 'DryRun':
      return rehearsed(object, spec, decision);
    case 'Manage':
      return decision;
  }
}

/** For those who only want to watch. */
function watched(object: AlbListener, decision: Decision): Decision {
  switch (decision.do) {
    case 'create':
      return report('ListenerMissing', `No listener stands on the port. ${REASONS.ListenerMissing.remedy}`, {
        when: 'slowly',
      });
    case 'adopt': {
      const { listenerId } = decision.listener;
      const message = `Listener ${listenerId} is watched.`;
      return {
        do: 'watch',
        listenerId,
        finding: { reason: 'Provisioning', message },
        again: { when: 'onward' },
      };
    }
    case 'delete':
      return { do: 'report', finding: decision.finding, again: { when: 'slowly' } };
    case 'startOver': {
      const { finding } = decision;
      const again = { when: 'slowly' } as const;
      return object.status.creation === undefined
        ? { do: 'watch', listenerId: undefined, finding, again }
        : { ...decision, again };
    }
    case 'watch':
    case 'nothing':
    case 'report':
    case 'reportDrift':
    case 'reportFailure':
    case 'keepStatus':
    case 'record':
    case 'release':
      return decision;
    // Differences are reported before any of these is decided, and only a deletion disowns.
    case 'apply':
    case 'protect':
    case 'rehearse':
    case 'disown':
      return report('Configuring', 'The listener is only watched.', { when: 'slowly' });
  }
}

/** For those who want to know what would happen. */
function rehearsed(object: AlbListener, spec: ResolvedSpec, decision: Decision): Decision {
  switch (decision.do) {
    case 'create': {
      const { incarnation } = decision;
      return { do: 'rehearse', rehearsal: { of: 'creation', spec, incarnation } };
    }
    case 'adopt': {
      const { listener, incarnation } = decision;
      const tags = ownershipTags(ownerOf(object, undefined), incarnation);
      const { differences, steps } = planFor(spec, listener, {});
      return {
        do: 'rehearse',
        rehearsal: { of: 'changes', listener, steps: [{ call: 'tag', tags }, ...steps], differences },
      };
    }
    case 'delete':
      return { do: 'report', finding: decision.finding, again: { when: 'slowly' } };
    case 'nothing':
    case 'report':
    case 'reportDrift':
    case 'reportFailure':
    case 'keepStatus':
    case 'record':
    case 'watch':
    case 'startOver':
    case 'rehearse':
    case 'release':
      return decision;
    // A plan is decided in the place of the first two, and only a deletion disowns.
    case 'apply':
    case 'protect':
    case 'disown':
      return report('Planned', REASONS.Planned.meaning, { when: 'slowly' });
  }
}
