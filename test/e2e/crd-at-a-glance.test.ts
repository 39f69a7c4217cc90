import { beforeAll, describe, expect, it } from 'vitest';
import { GROUP, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import { fullSpecs, manifest } from '../support/full-manifests.ts';
import { installCrds } from '../support/install-crds.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

const namespace = 'crd-at-a-glance';
const { kubectl } = sharedControlPlane();

async function run(args: readonly string[], object?: object): Promise<string> {
  const inNamespace = [...args, `--namespace=${namespace}`];
  const { code, stdout, stderr } = await kubectl(inNamespace, object && { input: JSON.stringify(object) });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const running: AlbListenerStatus = {
  observedGeneration: 1,
  phase: 'Running',
  listenerId: 'lsn-o4u54y73wq7b1a2b3c',
  loadBalancerId: 'alb-n5qw04uq8vavfe1a2b',
  creation: { incarnation: 0, startedAt: '2026-11-01T08:00:00Z' },
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      observedGeneration: 1,
      lastTransitionTime: '2026-11-01T08:00:07Z',
      reason: 'Running',
      message: 'The listener runs as declared.',
    },
  ],
};

beforeAll(async () => {
  await installCrds(kubectl);
  await kubectl(['create', 'namespace', namespace]);
  await run(['apply', '--filename=-'], manifest('shop-frontend-production-https', fullSpecs.HTTPS));
  await run(['apply', '--filename=-'], manifest('shop-frontend-production-http', fullSpecs.HTTP));
  const patch = JSON.stringify({ status: running });
  await run([
    'patch',
    'albl',
    'shop-frontend-production-https',
    '--subresource=status',
    '--type=merge',
    `--patch=${patch}`,
  ]);
});

describe('kubectl get', () => {
  it('tells the state of each listener on one line of at most 120 columns', async () => {
    const [header = '', ...lines] = (await run(['get', 'alblisteners'])).trimEnd().split('\n');
    expect(header.split(/\s+/)).toEqual(['NAME', 'PORT', 'PROTOCOL', 'PHASE', 'READY', 'LISTENER-ID', 'AGE']);
    expect(lines).toEqual([
      expect.stringMatching(/^shop-frontend-production-http +80 +HTTP +\d+s$/),
      expect.stringMatching(
        /^shop-frontend-production-https +443 +HTTPS +Running +True +lsn-o4u54y73wq7b1a2b3c +\d+s$/,
      ),
    ]);
    expect(Math.max(...[header, ...lines].map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  it.each(['albl', 'alibabacloud', `${PLURAL}.${VERSION}.${GROUP}`])(
    'knows the listeners as %s',
    async (name) => {
      expect(await run(['get', name, '--output=name'])).toContain('/shop-frontend-production-https\n');
    },
  );

  it('adds reason and load balancer when asked for more', async () => {
    const wide = await run(['get', 'albl', '--output=wide']);
    expect(wide).toMatch(/REASON +LOAD-BALANCER/);
    expect(wide).toMatch(/Running +alb-n5qw04uq8vavfe1a2b/);
  });

  it.each([
    'spec.listenerProtocol=HTTPS',
    'spec.listenerPort=443',
    'status.phase=Running',
    'spec.loadBalancerId=alb-n5qw04uq8vavfe1a2b,spec.listenerPort=443',
  ])('selects by %s', async (selector) => {
    expect(await run(['get', 'albl', `--field-selector=${selector}`, '--output=name'])).toBe(
      `alblistener.${GROUP}/shop-frontend-production-https\n`,
    );
  });
});

describe('kubectl wait', () => {
  it('does not take a fresh object for finished', async () => {
    expect(await run(['get', 'albl', 'shop-frontend-production-http', '--output=jsonpath={.status}'])).toBe(
      '{"observedGeneration":-1}',
    );
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
