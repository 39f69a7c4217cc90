import { expect, it } from 'vitest';
import { statusProblems } from './status-invariants.ts';

const RUNNING = version({ phase: 'Running' }, { Ready: 'True', Synced: 'True' });

function version(status: object, conditions: Readonly<Record<string, string>>) {
  return {
    metadata: { name: 'web', resourceVersion: '7', generation: 2 },
    status: {
      observedGeneration: 2,
      ...status,
      conditions: Object.entries(conditions).map(([type, value]) => ({
        type,
        status: value,
        observedGeneration: 2,
      })),
    },
  };
}

it.each([
  { reason: 'runs', object: RUNNING },
  {
    reason: 'is on its way',
    object: version({ phase: 'Pending' }, { Ready: 'False', Synced: 'Unknown', Reconciling: 'True' }),
  },
  {
    reason: 'is stalled',
    object: version({ phase: 'Failed' }, { Ready: 'False', Synced: 'False', Stalled: 'True' }),
  },
  {
    reason: 'is suspended while it runs',
    object: version({ phase: 'Running' }, { Ready: 'Unknown', Synced: 'Unknown' }),
  },
  {
    reason: 'is stopped as declared',
    object: version({ phase: 'Stopped' }, { Ready: 'True', Synced: 'True' }),
  },
  { reason: 'was not seen yet', object: version({ observedGeneration: -1 }, {}) },
])('finds nothing wrong with one that $reason', ({ object }) => {
  expect(statusProblems(object)).toEqual([]);
});

it.each([
  { rule: 'Ready is always there', object: version({ phase: 'Pending' }, { Synced: 'True' }) },
  { rule: 'Synced is always there', object: version({ phase: 'Running' }, { Ready: 'True' }) },
  {
    rule: 'Reconciling and Stalled are True or absent',
    object: version({ phase: 'Failed' }, { Ready: 'False', Synced: 'False', Stalled: 'False' }),
  },
  {
    rule: 'never Reconciling and Stalled at once',
    object: version({}, { Ready: 'False', Synced: 'False', Reconciling: 'True', Stalled: 'True' }),
  },
  {
    rule: 'Ready is False with Reconciling or Stalled, and not without',
    object: version({ phase: 'Running' }, { Ready: 'True', Synced: 'True', Stalled: 'True' }),
  },
  {
    rule: 'Ready is False with Reconciling or Stalled, and not without',
    object: version({ phase: 'Pending' }, { Ready: 'False', Synced: 'True' }),
  },
  {
    rule: 'phase Running never with Ready False',
    object: version({ phase: 'Running' }, { Ready: 'False', Synced: 'False', Stalled: 'True' }),
  },
  {
    rule: 'Ready only in a phase of rest',
    object: version({ phase: 'Configuring' }, { Ready: 'True', Synced: 'True' }),
  },
  {
    rule: 'no status speaks of a generation that is not there yet',
    object: { ...RUNNING, metadata: { ...RUNNING.metadata, generation: 1 } },
  },
  {
    rule: 'every condition speaks of the generation that the status speaks of',
    object: version({ phase: 'Running', observedGeneration: 1 }, { Ready: 'True', Synced: 'True' }),
  },
  { rule: 'Not the status of an AlbListener', object: { ...RUNNING, status: {} } },
])('finds that it breaks: $rule', ({ rule, object }) => {
  expect(statusProblems(object)).toEqual([expect.stringContaining(rule)]);
});
