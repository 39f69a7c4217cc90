import { REASONS, type Reason } from '../../src/listener/reason.ts';
import { toldCodes } from '../../test/messages/error-codes.ts';
import { toldReasons } from '../../test/messages/reasons.ts';
import type { Told } from '../../test/messages/told.ts';
import { writeOrCheck } from '../crd/generated-file.ts';
import { markdownTable } from './markdown-table.ts';

const reasons = await toldReasons();
const codes = await toldCodes();

const SHOWN = ['PHASE', 'REASON', 'READY', 'Argo CD', 'kstatus'] as const;

writeOrCheck(
  new URL('../../docs/messages.md', import.meta.url),
  `<!-- Generated from test/messages by npm run generate. Do not edit. -->

# What people read

Every [reason](conditions.md) and every error code of CreateListener, as the operator tells them: it was run against the
[simulator](simulator.md), and this is what was in the status of the object. \`kubectl get alblisteners -o wide\` shows
PHASE, REASON, READY and MESSAGE; Argo CD and kstatus (Flux, \`kapp\`) come to the verdicts beside them. Ids of calls
and jobs are left out.

## Reasons

An object that comes to a reason with an event gets that event, with the same message.

${markdownTable(
  ['When', ...SHOWN, 'Event', 'MESSAGE'],
  inOrder().map(({ reason, when, told }) => [when, ...shown(told), eventOf(reason), messageOf(told)]),
)}

## Error codes of CreateListener

What the object says half an hour after each attempt to create its listener began to be refused in this way. Which other
codes are treated alike: [conditions](conditions.md).

${markdownTable(
  ['Code', 'HTTP', ...SHOWN, 'MESSAGE'],
  codes.map(({ code, httpStatus, told }) => [
    `\`${code}\``,
    String(httpStatus),
    ...shown(told),
    messageOf(told),
  ]),
)}
`,
);

/** As the reasons are declared, so that those of one kind stand together. */
function inOrder() {
  const order = Object.keys(REASONS);
  return reasons.toSorted((a, b) => order.indexOf(a.reason) - order.indexOf(b.reason));
}

function shown({ phase, reason, ready, health, kstatus }: Told): readonly string[] {
  return [phase, `\`${reason}\``, ready, health, kstatus];
}

function eventOf(reason: Reason): string {
  const { event } = REASONS[reason];
  return event === 'none' ? '' : event;
}

function messageOf({ message }: Told): string {
  return message
    .replaceAll(/RequestId [0-9A-F-]{36}/g, 'RequestId …')
    .replaceAll(/job [0-9a-f-]{36}/g, 'job …');
}
