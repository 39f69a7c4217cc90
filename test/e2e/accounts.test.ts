import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { SimulatorControl } from '../../src/simulator/control-client.ts';
import { HOME_ACCOUNT } from '../../src/simulator/home-account.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import { httpSpec, INVENTORY, OperatorWorld, PLANTED_SECRETS, reasonOf } from '../support/operator-world.ts';
import { parseScrape, valueOf } from '../support/prometheus-text.ts';
import { OPERATOR } from '../support/shipped-access.ts';

const PARTNER = '2000000000000002';
const PARTNER_KEY = { accessKeyId: 'LTAI5tPlantedPartnerKey', accessKeySecret: 'PlantedPartnerSecret00' };
const NEXT_KEY = { accessKeyId: 'LTAI5tPlantedPartnerNext', accessKeySecret: 'PlantedPartnerNext0000' };
const HOME_KEY = { accessKeyId: 'LTAI5tPlantedHomeKey000', accessKeySecret: 'PlantedHomeSecret00000' };
const ROLE_ARN = `acs:ram::${PARTNER}:role/alb-listeners-shop`;
const FOREIGN_ROLE_ARN = `acs:ram::${PARTNER}:role/alb-listeners-blog`;
const SHANGHAI = 'cn-shanghai';

/** What is there for the partner's account alone. */
const PARTNER_INVENTORY = {
  loadBalancers: [{ LoadBalancerId: 'alb-partner', VpcId: 'vpc-partner', AccountId: PARTNER }],
  serverGroups: [
    {
      ServerGroupId: 'sgp-partner',
      VpcId: 'vpc-partner',
      Servers: ['10.1.0.1:8080'],
      AccountId: PARTNER,
    },
  ],
  credentials: [{ ...PARTNER_KEY, accountId: PARTNER }, HOME_KEY],
  roles: [
    {
      RoleArn: ROLE_ARN,
      accountId: PARTNER,
      trustedAccountIds: [HOME_ACCOUNT],
      ExternalId: 'alb-listener-operator/default',
    },
    {
      RoleArn: FOREIGN_ROLE_ARN,
      accountId: PARTNER,
      trustedAccountIds: [HOME_ACCOUNT],
      ExternalId: 'alb-listener-operator/blog',
    },
  ],
};

let folder: string;
let shanghai: RunningSimulator;
let world: OperatorWorld;
let port = 1000;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accounts-e2e-'));
  await mountOwnKey('..1', PLANTED_SECRETS);
  shanghai = await startSimulator({
    settings: { provisioningMs: 300, configuringMs: 200 },
    inventory: { ...INVENTORY, credentials: [PLANTED_SECRETS, HOME_KEY] },
  });
  world = await OperatorWorld.start({
    endpoint: async (simulated) => `cn-hangzhou=${simulated},${SHANGHAI}=${shanghai.endpoint}`,
    environment: {
      ALIBABA_CLOUD_ACCESS_KEY_ID: '',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: '',
      ALIBABA_CLOUD_SECURITY_TOKEN: '',
      ALB_CREDENTIALS_DIR: folder,
    },
    secrets: [NEXT_KEY, PARTNER_KEY, HOME_KEY].flatMap((key) => Object.values(key)),
  });
  await world.cloud.patchInventory(PARTNER_INVENTORY);
});
afterAll(async () => {
  await world.close();
  await shanghai.close();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  await kubectl(['delete', 'alblisteners', '--all', '--wait=false']);
  for (const name of (await world.list()).keys()) await world.untilGone(name);
});

/** As the kubelet does it: a new folder, and one rename of the link to it. */
async function mountOwnKey(version: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(folder, version));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, version, name), text);
  await symlink(version, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
}

async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await world.controlPlane.kubectl(
    args,
    input === undefined ? {} : { input },
  );
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function applySecret(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
  // Replaced as a whole: an apply would leave the keys of the one before in data.
  await kubectl(['delete', 'secret', name, '--ignore-not-found']);
  await kubectl(['create', '-f', '-'], stringify(secret));
}

/** As deploy/samples/credentials.yaml has it. */
async function grant(...resourceNames: readonly string[]): Promise<void> {
  const name = 'alb-listener-operator-credentials';
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name },
    rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames, verbs: ['get'] }],
  };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: OPERATOR, namespace: OPERATOR }],
  };
  await kubectl(['apply', '-f', '-'], [role, binding].map((object) => stringify(object)).join('---\n'));
}

/** A listener on the partner's load balancer, on a port of its own. */
function partnerSpec(secret: string, changes: object = {}): object {
  port += 1;
  return httpSpec({
    loadBalancerId: 'alb-partner',
    listenerPort: port,
    credentialsSecretRef: { name: secret },
    defaultActions: [
      {
        type: 'ForwardGroup',
        forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-partner' }] },
      },
    ],
    ...changes,
  });
}

async function callsSince(
  sequence: number,
): Promise<readonly { action: string; accessKeyId: string | null }[]> {
  return world.cloud.calls(sequence);
}

describe('credentials from a Secret', () => {
  it('are used for every call about the listener, once the operator may read them, and no others', async () => {
    await applySecret('partner', PARTNER_KEY);
    const before = (await world.cloud.state()).lastCall;
    await world.apply('granted', partnerSpec('partner'));
    const refused = await world.untilReason('granted', 'InvalidReference');
    expect(refused.status.conditions.at(0)?.message).toContain(
      'spec.credentialsSecretRef: Secret default/partner may not be read',
    );
    expect(await callsSince(before)).toEqual([]);

    await grant('partner');
    const { status } = await world.untilReady('granted');
    expect(status).toMatchObject({ accountId: PARTNER, regionId: 'cn-hangzhou' });
    expect(await world.listeners()).toMatchObject([
      { ListenerId: status.listenerId, LoadBalancerId: 'alb-partner' },
    ]);
    const keys = new Set((await callsSince(before)).map(({ accessKeyId }) => accessKeyId));
    expect([...keys]).toEqual([PARTNER_KEY.accessKeyId]);
  });

  it('that change there are used from the next look on, without a restart', async () => {
    await applySecret('rotating', PARTNER_KEY);
    await grant('rotating');
    const spec = partnerSpec('rotating');
    await world.apply('rotated', spec);
    await world.untilReady('rotated');
    const { pid } = world.operator;

    await world.cloud.patchInventory({ credentials: [{ ...NEXT_KEY, accountId: PARTNER }] });
    await applySecret('rotating', NEXT_KEY);
    await world.cloud.patchInventory({
      credentials: [{ accessKeyId: PARTNER_KEY.accessKeyId, disabled: true }],
    });
    const before = (await world.cloud.state()).lastCall;
    await world.apply('rotated', { ...spec, idleTimeout: 33 });
    await world.untilReady('rotated');
    const update = (await callsSince(before)).find(({ action }) => action === 'UpdateListenerAttribute');
    expect(update?.accessKeyId).toBe(NEXT_KEY.accessKeyId);
    expect(world.operator.pid).toBe(pid);
    await world.cloud.patchInventory({
      credentials: [{ accessKeyId: PARTNER_KEY.accessKeyId, disabled: false }],
    });
  });

  const broken = [
    {
      reason: 'there is no such Secret',
      data: undefined,
      says: 'There is no Secret default/broken',
    },
    {
      reason: 'half a key is no key, and is not completed from elsewhere',
      data: { accessKeyId: PARTNER_KEY.accessKeyId },
      says: 'Secret default/broken is no whole key: accessKeySecret is missing or empty',
    },
    {
      reason: 'what is there is something else',
      data: { password: 'PlantedPassword0' },
      says: 'holds neither roleArn nor accessKeyId and accessKeySecret',
    },
    {
      reason: 'a role that is none',
      data: { roleArn: 'alb-listeners-shop' },
      says: 'holds no ARN of a role in roleArn',
    },
  ];
  it.each(broken)('that are none are named and healed by themselves: $reason', async ({ data, says }) => {
    await kubectl(['delete', 'secret', 'broken', '--ignore-not-found']);
    if (data !== undefined) await applySecret('broken', data);
    await grant('broken');
    await world.apply('healed', partnerSpec('broken'));
    const refused = await world.until('healed', (object) =>
      JSON.stringify(object.status.conditions).includes(says),
    );
    expect(reasonOf(refused)).toBe('InvalidReference');
    await applySecret('broken', PARTNER_KEY);
    await world.untilReady('healed');
  });

  it('that are gone when the listener shall go serve to the end, as when a namespace is swept', async () => {
    await applySecret('swept', PARTNER_KEY);
    await grant('swept');
    await world.apply('last', partnerSpec('swept'));
    await world.untilReady('last');
    await kubectl(['delete', 'secret', 'swept']);
    await world.untilReason('last', 'InvalidReference');
    await kubectl(['delete', 'alblistener', 'last', '--wait=false']);
    await world.untilGone('last');
    expect(await world.listeners()).toEqual([]);
  });

  it('that are gone, and forgotten by a restart, give way to those of the operator only when somebody says so', async () => {
    await applySecret('forgotten', HOME_KEY);
    await grant('forgotten');
    await world.apply('left', httpSpec({ listenerPort: 899, credentialsSecretRef: { name: 'forgotten' } }));
    const { status } = await world.untilReady('left');
    await kubectl(['delete', 'secret', 'forgotten']);
    await world.stopOperator();
    await kubectl(['delete', 'alblistener', 'left', '--wait=false']);
    await world.startOperator();
    await world.untilReason('left', 'InvalidReference');
    expect(await world.listeners()).toMatchObject([{ ListenerId: status.listenerId }]);

    const patch = '[{"op":"remove","path":"/spec/credentialsSecretRef"}]';
    await kubectl(['patch', 'alblistener', 'left', '--type=json', '-p', patch]);
    await world.untilGone('left');
    expect(await world.listeners()).toEqual([]);
  });
});

describe('a role', () => {
  it('in a Secret is assumed for the namespace of that Secret, with keys that end', async () => {
    await applySecret('role', { roleArn: ROLE_ARN });
    await grant('role');
    const before = (await world.cloud.state()).lastCall;
    await world.apply('by-role', partnerSpec('role'));
    const { status } = await world.untilReady('by-role');
    expect(status).toMatchObject({ accountId: PARTNER });
    const calls = await callsSince(before);
    const created = calls.find(({ action }) => action === 'CreateListener');
    expect(created?.accessKeyId).toMatch(/^STS\./);
    expect(calls.filter(({ action }) => action === 'AssumeRole')).toHaveLength(1);
  });

  it('of another namespace is out of reach, although the operator could assume it for that one', async () => {
    await applySecret('foreign', { roleArn: FOREIGN_ROLE_ARN });
    await grant('foreign');
    await world.apply('by-foreign-role', partnerSpec('foreign'));
    const refused = await world.untilReason('by-foreign-role', 'Forbidden');
    expect(refused.status.conditions.at(0)?.message).toContain(
      `STS gave no key for ${FOREIGN_ROLE_ARN} (ExternalId alb-listener-operator/default)`,
    );
  });
});

describe('another account', () => {
  it('in the Secret is no reason to think that the listener is gone, nor to let its object go', async () => {
    await applySecret('moving', PARTNER_KEY);
    await grant('moving');
    await world.apply('moved', partnerSpec('moving'));
    const { status } = await world.untilReady('moved');

    await applySecret('moving', HOME_KEY);
    const wrong = await world.untilReason('moved', 'WrongAccount');
    expect(wrong.status).toMatchObject({ listenerId: status.listenerId, accountId: PARTNER });
    expect(wrong.status.conditions.at(0)?.message).toContain(
      `The credentials belong to account ${HOME_ACCOUNT}, and the listener to account ${PARTNER}`,
    );
    await kubectl(['delete', 'alblistener', 'moved', '--wait=false']);
    await world.until('moved', ({ metadata, status: { conditions } }) => {
      const ready = conditions.find(({ type }) => type === 'Ready');
      return ready?.reason === 'WrongAccount' && ready.observedGeneration === metadata.generation;
    });
    expect(await world.listeners()).toMatchObject([{ ListenerId: status.listenerId }]);

    await applySecret('moving', PARTNER_KEY);
    await world.untilGone('moved');
    expect(await world.listeners()).toEqual([]);
  });

  it('under the operator itself is noticed, too, and nothing is done until the right one is back', async () => {
    await world.apply('at-home', httpSpec({ listenerPort: 900 }));
    const { status } = await world.untilReady('at-home');
    expect(status).toMatchObject({ accountId: HOME_ACCOUNT });
    await mountOwnKey('..2', PARTNER_KEY);
    await world.untilReason('at-home', 'WrongAccount');
    await mountOwnKey('..3', PLANTED_SECRETS);
    const again = await world.untilReady('at-home');
    expect(again.status.listenerId).toBe(status.listenerId);
    const created = (await world.cloud.calls()).filter(
      ({ action, parameters }) => action === 'CreateListener' && parameters['ListenerPort'] === '900',
    );
    expect(created).toHaveLength(1);
  });

  it('has a budget of its own', async () => {
    await applySecret('budget', PARTNER_KEY);
    await grant('budget');
    await world.applyAll({ here: httpSpec({ listenerPort: 901 }), there: partnerSpec('budget') });
    await world.untilReady('here');
    await world.untilReady('there');
    const page = parseScrape(await (await world.operator.page('/metrics')).text());
    for (const account of [HOME_ACCOUNT, PARTNER]) {
      const labels = { account, region: 'cn-hangzhou', operation: 'CreateListener' };
      expect(valueOf(page, 'alb_listener_operator_budget_calls_per_minute', labels)).toBe(10_000);
    }
  });
});

describe('another region', () => {
  it('is where the listener is made, kept and deleted', async () => {
    const spec = httpSpec({ regionId: SHANGHAI, listenerPort: 902 });
    await world.apply('shanghai', spec);
    const { status } = await world.untilReady('shanghai');
    expect(status).toMatchObject({ regionId: SHANGHAI, accountId: HOME_ACCOUNT });
    const there = new SimulatorControl(shanghai.control);
    expect((await there.state()).listeners).toMatchObject([{ ListenerId: status.listenerId }]);
    expect(await world.listeners()).toEqual([]);

    // The word goes and the listener stays where it is: in the operator's own region it would seem to be gone.
    const { regionId, ...plain } = { regionId: '', ...spec };
    await kubectl(
      ['replace', '-f', '-'],
      stringify(await withSpec('shanghai', { ...plain, idleTimeout: 44 })),
    );
    expect((await world.untilReady('shanghai')).status).toMatchObject({
      regionId: SHANGHAI,
      listenerId: status.listenerId,
    });
    expect((await there.state()).listeners).toMatchObject([{ IdleTimeout: 44 }]);

    await kubectl(['delete', 'alblistener', 'shanghai', '--wait=false']);
    await world.untilGone('shanghai');
    expect((await there.state()).listeners).toEqual([]);
  });

  it('cannot be chosen for a listener that is there', async () => {
    await world.apply('settled', httpSpec({ listenerPort: 903 }));
    await world.untilReady('settled');
    await world.apply('settled', httpSpec({ listenerPort: 903, regionId: SHANGHAI }));
    const refused = await world.untilReason('settled', 'InvalidReference');
    expect(refused.status.conditions.at(0)?.message).toContain(
      'spec.regionId: names cn-shanghai, but the listener stands in cn-hangzhou and cannot move',
    );
    expect(await world.listeners()).toHaveLength(1);
  });
});

async function withSpec(name: string, spec: object): Promise<object> {
  const stored = await world.get(name);
  return { ...stored, spec };
}
