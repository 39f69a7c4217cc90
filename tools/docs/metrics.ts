import { Registry } from '@prometheus-io/client';
import { z } from 'zod';
import { createInstruments } from '../../src/metrics/instruments.ts';
import { writeOrCheck } from '../crd/generated-file.ts';
import { markdownTable } from './markdown-table.ts';

/** What the client's types leave out. */
const metricSchema = z.object({
  name: z.string(),
  help: z.string(),
  type: z.string(),
  labelNames: z.array(z.string()),
  buckets: z.array(z.number()).optional(),
});
type Metric = z.infer<typeof metricSchema>;

const registry = new Registry();
createInstruments(registry);
const metrics = registry.getMetricsAsArray().map((metric) => metricSchema.parse(metric));
const own = metrics.filter(({ name }) => name.startsWith('alb_listener_operator_'));
const shared = metrics.filter((metric) => !own.includes(metric));

writeOrCheck(
  new URL('../../docs/metrics.md', import.meta.url),
  `<!-- Generated from src/metrics/instruments.ts by npm run generate. Do not edit. -->

# Metrics

\`/metrics\` on \`METRICS_BIND_ADDRESS\`, in the text format of Prometheus. [Dashboard and
alerts](../deploy/monitoring); [what to do about an alert](operations.md); [who may read
them](settings.md#monitoring).

No label holds what users name or the cloud numbers (resources, namespaces, listeners, load balancers): each of them would
be a time series of its own. Which object it is stands in its status, in events and in the log. Codes of the cloud are
labels, since they tell most; after 64 different ones the next are called \`Other\`.

Every replica counts the listeners, so take the \`max\` over replicas, not the sum. Calls, writes and reconciles are done
by the leader alone.

## The cloud and its listeners

${tableOf(own)}

## Controller, queue and API server

Names, labels and buckets are those of controller-runtime and client-go, so dashboards made for them fit. The
controller and its queue are called \`alblistener\`.

${tableOf(shared)}

## Process

\`process_*\` and \`nodejs_*\` are the default metrics of the Prometheus client for Node.js: processor time, memory,
file descriptors, event loop lag, garbage collection.
`,
);

function tableOf(some: readonly Metric[]): string {
  const rows = some.map(({ name, type, labelNames, help, buckets }) => [
    `\`${name}\``,
    type,
    labelNames.map((label) => `\`${label}\``).join(', '),
    `${help.replaceAll('<', '\\<')}${bucketsOf(buckets)}`,
  ]);
  const header = ['metric', 'type', 'labels', 'meaning'];
  return markdownTable(header, rows);
}

function bucketsOf(buckets: readonly number[] | undefined): string {
  if (buckets === undefined) return '';
  return ` ${buckets.length} buckets from ${buckets[0]} to ${buckets.at(-1)} s.`;
}
