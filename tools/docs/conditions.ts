import { ERROR_POLICY, type ErrorPolicy } from '../../src/listener/error-policy.ts';
import { OTHER_EVENTS, REASONS, type Stance } from '../../src/listener/reason.ts';
import { writeOrCheck } from '../crd/generated-file.ts';
import { markdownTable } from './markdown-table.ts';

writeOrCheck(
  new URL('../../docs/conditions.md', import.meta.url),
  `<!-- Generated from src/listener/reason.ts and src/listener/error-policy.ts by npm run generate. Do not edit. -->

# Conditions and reasons

One reason is in force at a time. All conditions and the phase follow from it, so they never contradict each other:

| Where it stands | \`Ready\` | \`Synced\` | \`Reconciling\` | \`Stalled\` |
| --- | --- | --- | --- | --- |
| [It runs](#it-runs) | True | True | – | – |
| [It is on its way](#it-is-on-its-way) | False | Unknown | True | – |
| [A person must act](#a-person-must-act) | False | False | – | True |
| [It is told to rest](#it-is-told-to-rest) | Unknown | Unknown | – | – |

A dash means that the condition is absent. The message of a condition names the cause, what to do, and the RequestId of
Alibaba Cloud where an answer had one. A reason with an event records that event when a resource comes to it. An example
of each message, with what \`kubectl get\`, Argo CD and Flux show: [messages](messages.md).

The last column names the kinds of errors that lead to a reason, as \`src/alb/error-classes.ts\` sorts the error codes
of the cloud, and when the call is made again: *soon* (a few seconds), *poll* (2 seconds, then longer, up to 5 minutes), *backoff* (1 second, then longer, up to a
minute), *slowly* (\`ALB_SLOW_INTERVAL\`), *on edit* (when the manifest changes, and with every resync). Where the cloud
says how long to wait, that holds instead.

## It runs

${tableOf('ready')}

## It is on its way

The operator goes on by itself.

${tableOf('reconciling')}

## A person must act

The operator looks again from time to time all the same, and goes on when the cause is gone.

${tableOf('stalled')}

## It is told to rest

The manifest wants it so; nothing is changed in the cloud.

${tableOf('suspended')}

## Other events

These say something besides the reason in force, so no condition has them. Their notes say what to do.

${markdownTable(
  ['Event', 'Type', 'Meaning'],
  Object.entries(OTHER_EVENTS).map(([reason, { type, meaning }]) => [`\`${reason}\``, type, meaning]),
)}
`,
);

function tableOf(stance: Stance): string {
  const hasRemedy = stance === 'stalled' || stance === 'suspended';
  const rows = Object.entries(REASONS)
    .filter(([, entry]) => entry.stance === stance)
    .map(([reason, { meaning, remedy, event }]) => [
      `\`${reason}\``,
      event === 'none' ? '' : event,
      meaning,
      ...(hasRemedy ? [remedy] : []),
      errorsThatLeadTo(reason),
    ]);
  const header = ['Reason', 'Event', 'Meaning', ...(hasRemedy ? ['What to do'] : []), 'Errors'];
  return markdownTable(header, rows);
}

function errorsThatLeadTo(reason: string): string {
  return Object.entries(ERROR_POLICY)
    .filter(([, policy]) => policy.reason === reason)
    .map(([errorClass, policy]) => `\`${errorClass}\` (${whenAgain(policy)})`)
    .join(', ');
}

function whenAgain({ retry }: ErrorPolicy): string {
  return retry === 'onEdit' ? 'on edit' : retry;
}
