import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseManifests } from '../support/manifests.ts';
import { httpSpec, INVENTORY, OperatorWorld, PLANTED_SECRETS } from '../support/operator-world.ts';
import { parseScrape, type Scrape, valueOf } from '../support/prometheus-text.ts';
import { readQuery } from '../support/promql.ts';
import { applyManifests, OPERATOR } from '../support/shipped-access.ts';

const ROLE = { RoleArn: 'acs:ram::1:role/alb', OIDCProviderArn: 'acs:ram::1:oidc-provider/ack' };
const OIDC_TOKEN = 'PlantedOidcTokenOfMonitoring';

/** What dashboards for controller-runtime and client-go expect: names, labels, and how many buckets. */
const EXPECTED = [
  ['controller_runtime_reconcile_total', 'counter', ['controller', 'result']],
  ['controller_runtime_reconcile_errors_total', 'counter', ['controller']],
  ['controller_runtime_terminal_reconcile_errors_total', 'counter', ['controller']],
  ['controller_runtime_reconcile_panics_total', 'counter', ['controller']],
  ['controller_runtime_reconcile_timeouts_total', 'counter', ['controller']],
  ['controller_runtime_reconcile_time_seconds', 'histogram', ['controller']],
  ['controller_runtime_max_concurrent_reconciles', 'gauge', ['controller']],
  ['controller_runtime_active_workers', 'gauge', ['controller']],
  ['workqueue_depth', 'gauge', ['name', 'controller', 'priority']],
  ['workqueue_adds_total', 'counter', ['name', 'controller']],
  ['workqueue_queue_duration_seconds', 'histogram', ['name', 'controller']],
  ['workqueue_work_duration_seconds', 'histogram', ['name', 'controller']],
  ['workqueue_unfinished_work_seconds', 'gauge', ['name', 'controller']],
  ['workqueue_longest_running_processor_seconds', 'gauge', ['name', 'controller']],
  ['workqueue_retries_total', 'counter', ['name', 'controller']],
  ['rest_client_requests_total', 'counter', ['code', 'method', 'host']],
  ['leader_election_master_status', 'gauge', ['name']],
] as const;

const BUCKETS = {
  controller_runtime_reconcile_time_seconds:
    '0.005 0.01 0.025 0.05 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.6 0.7 0.8 0.9 1 1.25 1.5 1.75 2 2.5 3 3.5 4 4.5 5 6 7 8 9 10 15 20 25 30 40 50 60',
  workqueue_queue_duration_seconds:
    '1e-8 1e-7 1e-6 9.999999999999999e-6 9.999999999999999e-5 0.001 0.01 0.1 1 10 100 1000',
  workqueue_work_duration_seconds:
    '1e-8 1e-7 1e-6 9.999999999999999e-6 9.999999999999999e-5 0.001 0.01 0.1 1 10 100 1000',
};

let folder: string;
let world: OperatorWorld;
let scrape: Scrape;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'monitoring-e2e-'));
  await writeFile(join(folder, 'token'), OIDC_TOKEN);
  world = await OperatorWorld.start({
    inventory: { ...INVENTORY, roles: [{ ...ROLE, OIDCToken: OIDC_TOKEN }] },
    environment: {
      LEADER_ELECT: 'true',
      ALIBABA_CLOUD_ACCESS_KEY_ID: '',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: '',
      ALIBABA_CLOUD_SECURITY_TOKEN: '',
      ALIBABA_CLOUD_ROLE_ARN: ROLE.RoleArn,
      ALIBABA_CLOUD_OIDC_PROVIDER_ARN: ROLE.OIDCProviderArn,
      ALIBABA_CLOUD_OIDC_TOKEN_FILE: join(folder, 'token'),
    },
    secrets: [OIDC_TOKEN],
  });
  await world.apply('web', httpSpec());
  await world.untilReady('web');
  await world.apply('twin', httpSpec());
  await world.untilReason('twin', 'PortClaimed');
  const page = await world.operator.page('/metrics');
  scrape = parseScrape(await page.text());
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

describe('a scrape', () => {
  it.each(EXPECTED)('has %s as controller-runtime has it', (name, type, labels) => {
    expect(scrape.types.get(name)).toBe(type);
    const series = scrape.samples.filter(
      (sample) => sample.name === (type === 'histogram' ? `${name}_count` : name),
    );
    expect(series.length).toBeGreaterThan(0);
    for (const sample of series)
      expect(Object.keys(sample.labels).toSorted()).toEqual([...labels].toSorted());
  });

  it.each(Object.entries(BUCKETS))('has the buckets of %s', (name, expected) => {
    const bounds = scrape.samples
      .filter((sample) => sample.name === `${name}_bucket`)
      .map(({ labels }) => Number(labels['le']?.replace('+Inf', 'Infinity')));
    expect([...new Set(bounds)].toSorted((a, b) => a - b)).toEqual([
      ...expected.split(' ').map(Number),
      Infinity,
    ]);
  });

  it('counts what happened', () => {
    expect(
      valueOf(scrape, 'alb_listener_operator_writes_total', { operation: 'CreateListener', outcome: 'yes' }),
    ).toBe(1);
    expect(valueOf(scrape, 'alb_listener_operator_listeners', { phase: 'Running' })).toBe(1);
    expect(
      valueOf(scrape, 'alb_listener_operator_listeners_by_reason', {
        reason: 'PortClaimed',
        stance: 'stalled',
      }),
    ).toBe(1);
    expect(valueOf(scrape, 'alb_listener_operator_time_to_running_seconds_count')).toBe(1);
    expect(valueOf(scrape, 'leader_election_master_status')).toBe(1);
    expect(
      valueOf(scrape, 'controller_runtime_reconcile_total', { result: 'requeue_after' }),
    ).toBeGreaterThan(0);
    const expiresAt = valueOf(scrape, 'alb_listener_operator_credentials_expiry_timestamp_seconds');
    expect(expiresAt * 1000).toBeGreaterThan(Date.now());
  });

  it('names no resource, no listener, no load balancer and no secret', () => {
    const labels = JSON.stringify(scrape.samples.map((sample) => sample.labels));
    for (const word of ['web', 'twin', 'lsn-', 'alb-one', OIDC_TOKEN, PLANTED_SECRETS.accessKeySecret]) {
      expect(labels).not.toContain(word);
    }
  });

  it('is what docs/metrics.md lists, name by name', async () => {
    const text = await read('docs/metrics.md');
    const documented = new Set([...text.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name));
    const own = [...scrape.types.keys()].filter((name) => !/^(process|nodejs)_/.test(name));
    expect(own.filter((name) => !documented.has(name))).toEqual([]);
    expect([...documented].filter((name) => !scrape.types.has(name ?? ''))).toEqual([]);
  });
});

describe('dashboard and alerts', () => {
  it('ask only for metrics and labels that a scrape shows', async () => {
    const rules = ruleFile.parse(parse(await read('deploy/monitoring/alerts.yaml')));
    const panels = dashboard.parse(JSON.parse(await read('deploy/monitoring/dashboard.json'))).panels;
    const queries = [
      ...rules.spec.groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
      ...panels.flatMap(({ targets }) =>
        targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')),
      ),
    ];
    expect(queries.length).toBeGreaterThan(40);
    const unknown = queries.flatMap((query) => {
      const { selectors, grouping } = readQuery(query);
      const offered = new Set([
        ...FROM_PROMETHEUS,
        ...selectors.flatMap(({ metric }) => [...labelsOf(metric)]),
      ]);
      return [
        ...selectors
          .filter(({ metric }) => labelsOf(metric).size === 0 && !isPlain(metric))
          .map(({ metric }) => metric),
        ...selectors.flatMap(({ metric, labels }) =>
          labels.filter((label) => !labelsOf(metric).has(label) && !FROM_PROMETHEUS.has(label)),
        ),
        ...grouping.filter((label) => !offered.has(label)),
      ];
    });
    expect(unknown).toEqual([]);
  });

  it('have a section of the runbook for every alert, and none for another', async () => {
    const rules = ruleFile.parse(parse(await read('deploy/monitoring/alerts.yaml')));
    const alerts = rules.spec.groups.flatMap((group) => group.rules);
    const headings = [...(await read('docs/operations.md')).matchAll(/^### (Alb\w+)$/gm)].map(
      ([, name]) => name,
    );
    expect(headings).toEqual(alerts.map(({ alert }) => alert));
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook_url).toMatch(new RegExp(`/docs/operations.md#${alert.toLowerCase()}$`));
    }
  });
});

describe('probes', () => {
  it('call a leader and a warm standby ready', async () => {
    const standby = await world.startAnother({ LEADER_ELECT: 'true' });
    await standby.line('"msg":"standing by"');
    for (const replica of [world.operator, standby]) {
      const ready = await replica.page('/readyz?verbose');
      expect([ready.status, await ready.text()]).toEqual([
        200,
        '[+]caches ok\n[+]leader-election ok\n[+]shutdown ok\nreadyz check passed\n',
      ]);
      expect((await replica.page('/healthz')).status).toBe(200);
    }
    const page = parseScrape(await (await standby.page('/metrics')).text());
    expect(valueOf(page, 'leader_election_master_status')).toBe(0);
    expect(valueOf(page, 'alb_listener_operator_listeners', { phase: 'Running' })).toBe(1);
    expect(await standby.stop()).toBe(0);
  });

  it('end with a word when their address is taken', async () => {
    const taken = new URL((await world.operator.page('/healthz')).url).host;
    const other = await world.startAnother({ HEALTH_PROBE_BIND_ADDRESS: taken });
    await other.line(`HEALTH_PROBE_BIND_ADDRESS: cannot listen on ${taken} (EADDRINUSE)`);
    expect(await other.stop()).not.toBe(0);
  });
});

describe('metrics for those with a token', () => {
  it('are given to a service account that may get them, and to nobody else', async () => {
    const { controlPlane } = world;
    const guarded = await world.startAnother({ METRICS_AUTH: 'token' });
    await guarded.line('"msg":"standing by"');
    await applyManifests(
      controlPlane,
      parseManifests(await read('deploy/components/metrics-auth/rbac.yaml')),
    );
    const role = [
      'create serviceaccount prometheus',
      'create serviceaccount stranger',
      `create clusterrolebinding prometheus --clusterrole=${OPERATOR}-metrics-reader --serviceaccount=default:prometheus`,
    ];
    for (const command of role)
      expect(await controlPlane.kubectl(command.split(' '))).toMatchObject({ code: 0 });
    const statusFor = async (authorization?: string) =>
      (await guarded.page('/metrics', authorization === undefined ? {} : { headers: { authorization } }))
        .status;
    const tokenOf = async (name: string) =>
      (await controlPlane.kubectl(['create', 'token', name])).stdout.trim();

    expect(await statusFor()).toBe(401);
    expect(await statusFor('Bearer made-up')).toBe(401);
    expect(await statusFor(`Bearer ${await tokenOf('stranger')}`)).toBe(403);
    expect(await statusFor(`Bearer ${await tokenOf('prometheus')}`)).toBe(200);
    expect((await guarded.page('/readyz')).status).toBe(200);
    expect(await guarded.stop()).toBe(0);
  });
});

const ruleFile = z.object({
  spec: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            alert: z.string(),
            expr: z.string(),
            annotations: z.object({ runbook_url: z.string() }),
          }),
        ),
      }),
    ),
  }),
});
const dashboard = z.object({
  panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })).default([]) })),
});
/** Put on by whoever scrapes. */
const FROM_PROMETHEUS: ReadonlySet<string> = new Set(['job', 'instance', 'namespace']);

function labelsOf(metric: string): ReadonlySet<string> {
  return new Set(
    scrape.samples.filter(({ name }) => name === metric).flatMap(({ labels }) => Object.keys(labels)),
  );
}

/** One without any label. */
function isPlain(metric: string): boolean {
  return scrape.samples.some(({ name }) => name === metric);
}

function read(path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}
