import fc from 'fast-check';
import { expect, it } from 'vitest';
import { albApiOver } from '../../src/alb/alb-client.ts';
import { Credentials } from '../../src/alb/credentials/credentials.ts';
import { fixedCredentials } from '../../src/alb/credentials/provider.ts';
import { regionsOf } from '../../src/alb/endpoints.ts';
import { REGIONS_WITH_ALB } from '../../src/alb/regions.ts';
import { AlbSessions } from '../../src/alb/sessions.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const OWN = new Credentials('own', 'PlantedSecretOwn');

/** Ids that an author may write: regions, hosts and products of Alibaba Cloud, and anything that the schema admits. */
const writtenRegion = fc.oneof(
  fc.constantFrom(...REGIONS_WITH_ALB, 'oss-cn-hangzhou', 'vpc-cn-hangzhou', 'cn-hangzou', 'cn-hangzhou-oss'),
  fc.stringMatching(/^[a-z]{2,4}(-[a-z0-9]{1,20}){1,4}$/),
);

it('the operator’s own key signs nothing for a host of a region that only a manifest names', async () => {
  const hosts = new Set<string>();
  const sessions = new AlbSessions({
    regions: regionsOf({ home: 'cn-hangzhou', network: 'public', given: new Map() }),
    own: fixedCredentials(OWN),
    identities: { accountOf: async () => ({ outcome: 'yes', value: '1', requestId: 'R' }) },
    stsEndpoint: 'https://sts.cn-hangzhou.aliyuncs.com',
    roleSessionName: 'test',
    installation: 'test',
    readSecret: async () => ({ found: 'nothing', problem: 'There is no Secret.' }),
    isReferred: () => false,
    retryMs: 1,
    mayWrite: () => true,
    // What would sign and send, at the last moment before it does.
    carrierOf: ({ target: { endpoint }, credentials }) => {
      if (credentials === OWN) hosts.add(new URL(endpoint).host);
      return async () => ({ outcome: 'yes', value: { RequestId: 'R', Listeners: [] }, requestId: 'R' });
    },
    clock: new VirtualClock(),
  });
  await fc.assert(
    fc.asyncProperty(writtenRegion, async (regionId) => {
      const opening = await sessions.open({
        regionId,
        secret: undefined,
        accountId: undefined,
        isRecorded: false,
        isLeaving: false,
      });
      if (opening.opened)
        await albApiOver(opening.connection).listListeners({ loadBalancerIds: ['alb-one'] });
    }),
    { numRuns: 500 },
  );
  // cn-hangzhou-finance is served by the endpoint of cn-hangzhou.
  const known = REGIONS_WITH_ALB.map((region) => region.replace(/^cn-hangzhou-finance$/, 'cn-hangzhou'));
  const allowed = new Set(known.map((region) => `alb.${region}.aliyuncs.com`));
  expect([...hosts].filter((host) => !allowed.has(host))).toEqual([]);
  expect(hosts.size).toBeGreaterThan(10);
});
