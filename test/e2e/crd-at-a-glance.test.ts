import { beforeAll, describe, expect, it } from 'vitest';
import { REASONS } from '../../src/listener/reason.ts';
import { GROUP, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import { type AlbListenerStatus, PHASES } from '../../src/listener/schema/status.ts';
import { fullSpecs, manifest, referringManifest } from '../support/full-manifests.ts';
import { installCrds } from '../support/install-crds.ts';
import { matching } from '../support/matchers.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

const namespace = 'crd-at-a-glance';
const { kubectl } = sharedControlPlane();

async function run(args: readonly string[], object?: object): Promise<string> {
  const inNamespace = [...args, `--namespace=${namespace}`];
  const { code, stdout, stderr } = await kubectl(inNamespace, object && { input: JSON.stringify(object) });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** Twenty characters each. */
const RUNS = 'shop-frontend-https1';
const NEW = 'shop-frontend-http-1';
const CREATING = 'shop-api-from-config';
const WRONG = 'shop-wrong-reference';

const REASON_NAMES = Object.keys(REASONS).toSorted((a, b) => b.length - a.length);
const [LONGEST_REASON = ''] = REASON_NAMES;
const [LONGEST_PHASE = ''] = PHASES.toSorted((a, b) => b.length - a.length);
const MESSAGE = 'CreateListener was answered with Mismatch.VpcId: The VpcId is mismatched.';
const LISTENER_ID = 'lsn-o4u54y73wq7b1a2b3c';
const LOAD_BALANCER_ID = 'alb-n5qw04uq8vavfe1a2b';

const told = (status: 'True' | 'False', reason: string, message: string) => ({
  type: 'Ready',
  status,
  observedGeneration: 1,
  lastTransitionTime: '2026-11-01T08:00:07Z',
  reason,
  message,
});
const write = {
  operation: 'CreateListener',
  at: new Date().toISOString(),
  requestId: 'REQ-1',
  jobId: 'JOB-1',
};

const STATUSES = {
  [RUNS]: {
    observedGeneration: 1,
    phase: 'Running',
    listenerId: LISTENER_ID,
    loadBalancerId: LOAD_BALANCER_ID,
    regionId: 'cn-hangzhou',
    accountId: '1000000000000001',
    creation: { incarnation: 0, startedAt: '2026-11-01T08:00:00Z' },
    history: { creation: { ...write, outcome: 'Succeeded' }, writes: [{ ...write, outcome: 'Succeeded' }] },
    conditions: [told('True', 'Running', 'The listener runs as declared.')],
  },
  [CREATING]: {
    observedGeneration: 1,
    phase: 'Provisioning',
    loadBalancerId: 'alb-named-by-configmap',
    conditions: [told('False', 'Provisioning', 'The cloud is creating the listener.')],
  },
  [WRONG]: {
    observedGeneration: 1,
    phase: 'Failed',
    conditions: [told('False', LONGEST_REASON, MESSAGE)],
  },
} satisfies Record<string, AlbListenerStatus>;

const manifests = {
  [RUNS]: fullSpecs.HTTPS,
  [NEW]: fullSpecs.HTTP,
  [CREATING]: referringManifest.spec,
  [WRONG]: { ...fullSpecs.HTTPS, listenerPort: 65_535 },
};

beforeAll(async () => {
  await installCrds(kubectl);
  await kubectl(['create', 'namespace', namespace]);
  for (const [name, spec] of Object.entries(manifests)) {
    await run(['apply', '--filename=-'], manifest(name, spec));
  }
  for (const [name, status] of Object.entries(STATUSES)) {
    const patch = ['patch', 'albl', name, '--subresource=status', '--type=merge'];
    await run([...patch, `--patch=${JSON.stringify({ status })}`]);
  }
});

/** The cells of each row, by column: kubectl aligns them below their headers. */
async function table(...args: readonly string[]): Promise<ReadonlyMap<string, Record<string, string>>> {
  const [header = '', ...lines] = (await run(['get', 'alblisteners', ...args])).trimEnd().split('\n');
  const columns = [...header.matchAll(/\S+ */g)].map(({ 0: text, index }) => ({ text, index }));
  const rows = lines.map((line) =>
    Object.fromEntries(
      columns.map(({ text, index }, place) => [
        text.trim(),
        line.slice(index, columns[place + 1]?.index ?? Infinity).trim(),
      ]),
    ),
  );
  return new Map(rows.map((row) => [row['NAME'] ?? '', row]));
}

describe('kubectl get', () => {
  it('tells the state of each listener on one line', async () => {
    const [header = '', ...lines] = (await run(['get', 'alblisteners'])).trimEnd().split('\n');
    expect(header.split(/\s+/)).toEqual(['NAME', 'PORT', 'PROTOCOL', 'PHASE', 'REASON']);
    expect(lines).toEqual([
      expect.stringMatching(/^shop-api-from-config +\d+ +HTTPS +Provisioning +Provisioning$/),
      expect.stringMatching(/^shop-frontend-http-1 +80 +HTTP *$/),
      expect.stringMatching(/^shop-frontend-https1 +443 +HTTPS +Running +Running$/),
      expect.stringMatching(new RegExp(`^shop-wrong-reference +65535 +HTTPS +Failed +${LONGEST_REASON}$`)),
    ]);
  });

  it('fits into 80 columns for names of 20 characters, with the longest value in each column', async () => {
    const rows = (await run(['get', 'alblisteners'])).trimEnd().split('\n');
    const text = rows.join('\n');
    for (const longest of ['65535', 'HTTPS', LONGEST_PHASE, LONGEST_REASON]) expect(text).toContain(longest);
    expect(Object.keys(manifests).map(({ length }) => length)).toEqual([20, 20, 20, 20]);
    expect(Math.max(...rows.map((row) => row.trimEnd().length))).toBeLessThanOrEqual(80);
  });

  it('ends with the message when asked for more, and says where the listener is', async () => {
    const rows = await table('--output=wide');
    expect(Object.keys(rows.get(RUNS) ?? {}).at(-1)).toBe('MESSAGE');
    expect(rows.get(RUNS)).toMatchObject({
      READY: 'True',
      AGE: matching(/^\d+s$/),
      'LOAD-BALANCER': LOAD_BALANCER_ID,
      'LISTENER-ID': LISTENER_ID,
      REGION: 'cn-hangzhou',
      ACCOUNT: '1000000000000001',
      'LAST-WRITE': matching(/^\d+[ms]/),
      MESSAGE: 'The listener runs as declared.',
    });
  });

  it.each([
    { reason: 'of the spec, before anything was created', name: WRONG, shown: LOAD_BALANCER_ID },
    { reason: 'of the spec, where no status is', name: NEW, shown: LOAD_BALANCER_ID },
    { reason: 'that a ConfigMap named for the creation', name: CREATING, shown: 'alb-named-by-configmap' },
  ])('shows the load balancer $reason', async ({ name, shown }) => {
    expect((await table('--output=wide')).get(name)?.['LOAD-BALANCER']).toBe(shown);
  });

  it('says what is wrong when asked for more', async () => {
    expect((await table('--output=wide')).get(WRONG)).toMatchObject({ READY: 'False', MESSAGE });
  });

  it.each(['albl', 'alibabacloud', `${PLURAL}.${VERSION}.${GROUP}`])(
    'knows the listeners as %s',
    async (name) => {
      expect(await run(['get', name, '--output=name'])).toContain(`/${RUNS}\n`);
    },
  );

  it.each([
    'spec.listenerPort=443,spec.listenerProtocol=HTTPS,status.phase=Running',
    'status.phase=Running',
    'spec.loadBalancerId=alb-n5qw04uq8vavfe1a2b,spec.listenerPort=443,status.phase=Running',
  ])('selects by %s', async (selector) => {
    expect(await run(['get', 'albl', `--field-selector=${selector}`, '--output=name'])).toBe(
      `alblistener.${GROUP}/${RUNS}\n`,
    );
  });
});

describe('kubectl wait', () => {
  it('does not take a fresh object for finished', async () => {
    expect(await run(['get', 'albl', NEW, '--output=jsonpath={.status}'])).toBe('{"observedGeneration":-1}');
  });
});

describe('kubectl explain', () => {
  it('describes every field in words', async () => {
    const explained = await run(['explain', 'alblistener', '--recursive']);
    expect(explained).toContain('xForwardedForSLBIdEnabled');
    for (const path of [
      'spec',
      'spec.xForwardedForConfig',
      'spec.quicConfig',
      'spec.tags',
      'spec.loadBalancerIdFrom',
      'spec.loadBalancerIdFrom.configMapKeyRef',
      'spec.quicConfig.quicListenerRef',
      'spec.defaultActions.forwardGroupConfig.serverGroupTuples',
      'spec.additionalCertificates',
      'spec.aclConfig',
      'spec.logConfig',
      'spec.logConfig.accessLogTracingConfig',
      'spec.adopt',
      'status',
      'status.observed',
      'status.observed.logConfig',
      'status.observed.aclConfig',
      'status.plan',
      'status.history',
      'status.history.creation',
      'status.history.writes',
      'status.plan.calls',
      'status.observed.xForwardedForConfig',
      'status.drift',
      'status.convergence',
      'status.conditions',
    ]) {
      const fields = await run(['explain', `alblistener.${path}`]);
      // A field without words is followed by an empty line at once.
      expect(fields.slice(fields.indexOf('FIELDS:'))).not.toMatch(/^ {2}\w+\t<.*\n( {2}enum: .*\n)?$/m);
      expect(fields).not.toContain('<no description>');
    }
  });
});
