import { describe, expect, it } from 'vitest';
import { mergeInventory } from '../../src/simulator/inventory.ts';
import { Cloud, http, https, text, type Wire } from './cloud.ts';

function numbered(name: string, ids: readonly string[], part = ''): Wire {
  return Object.fromEntries(ids.map((id, index) => [`${name}.${index + 1}${part}`, id]));
}

const certificates = (...ids: string[]) => numbered('Certificates', ids, '.CertificateId');
const acls = (...ids: string[]) => numbered('AclIds', ids);

const associate = 'AssociateAdditionalCertificatesWithListener';
const dissociate = 'DissociateAdditionalCertificatesFromListener';

describe('additional certificates', () => {
  it('are Associating, then Associated, then Diassociating, then gone', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(https);
    const shown = () => cloud.ok('ListListenerCertificates', { ListenerId })['Certificates'];
    const initial = {
      CertificateId: '1001-cn-hangzhou',
      CertificateType: 'Server',
      IsDefault: true,
      Status: 'Associated',
    };
    const extra = { ...initial, CertificateId: '1002-cn-hangzhou', IsDefault: false };

    cloud.ok(associate, { ListenerId, ...certificates('1002-cn-hangzhou') });
    expect(shown()).toEqual([initial, { ...extra, Status: 'Associating' }]);
    expect(cloud.status(ListenerId)).toBe('Configuring');
    cloud.wait(60_000);
    expect(shown()).toEqual([initial, extra]);
    cloud.ok(dissociate, { ListenerId, ...certificates('1002-cn-hangzhou') });
    expect(shown()).toEqual([initial, { ...extra, Status: 'Diassociating' }]);
    cloud.wait(60_000);
    expect(shown()).toEqual([initial]);
  });

  it.each([
    {
      reason: 'the default certificate',
      ids: ['1001-cn-hangzhou'],
      code: '400 OperationDenied.DefaultCertificateUsed',
    },
    {
      reason: 'one that is there already',
      ids: ['1002-cn-hangzhou'],
      code: '400 ResourceAlreadyAssociated.Certificate',
    },
    { reason: 'one that does not exist', ids: ['9-cn-hangzhou'], code: '404 ResourceNotFound.Certificate' },
    {
      reason: 'sixteen at once',
      ids: Array.from({ length: 16 }, (_, index) => `${index}-cn-hangzhou`),
      code: '400 InvalidParameter',
    },
  ])('$reason: $code', ({ ids, code }) => {
    const cloud = new Cloud({ configuringMs: 0 });
    const ListenerId = cloud.running(https);
    cloud.ok(associate, { ListenerId, ...certificates('1002-cn-hangzhou') });
    expect(cloud.code(associate, { ListenerId, ...certificates(...ids) })).toBe(code);
  });

  it('have a quota over the whole load balancer', () => {
    const cloud = new Cloud({
      configuringMs: 0,
      quotas: { additionalCertificatesPerLoadBalancer: { Basic: 0, Standard: 1 } },
    });
    const ListenerId = cloud.running(https);
    expect(
      cloud.code(associate, { ListenerId, ...certificates('1002-cn-hangzhou', '1003-cn-hangzhou') }),
    ).toBe('400 ResourceQuotaExceeded.LoadBalancerCertificatesNum');
    expect(cloud.code(associate, { ListenerId, ...certificates('1002-cn-hangzhou') })).toBe('Success');
  });

  it('need a default certificate that is still there', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(https);
    const { state } = cloud.simulator;
    state.inventory = {
      ...state.inventory,
      certificates: state.inventory.certificates.filter((item) => item.CertificateId !== '1001-cn-hangzhou'),
    };
    expect(cloud.code(associate, { ListenerId, ...certificates('1002-cn-hangzhou') })).toBe(
      '400 OperationFailed.DefaultCertificateNotFound',
    );
  });

  it('do not go away twice, and the default one never', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(https);
    expect(cloud.code(dissociate, { ListenerId, ...certificates('1002-cn-hangzhou') })).toBe(
      '400 ResourceNotAssociated.Certificate',
    );
    expect(cloud.code(dissociate, { ListenerId, ...certificates('1001-cn-hangzhou') })).toBe(
      '400 OperationDenied.DefaultCertificateUsed',
    );
  });

  it('cannot become the default one while they are additional', () => {
    const cloud = new Cloud({ configuringMs: 0 });
    const ListenerId = cloud.running(https);
    cloud.ok(associate, { ListenerId, ...certificates('1002-cn-hangzhou') });
    expect(cloud.code('UpdateListenerAttribute', { ListenerId, ...certificates('1002-cn-hangzhou') })).toBe(
      '400 ResourceAlreadyAssociated.Certificate',
    );
  });

  it.each(['ListListenerCertificates', associate, dissociate])(
    '%s does not know HTTP listeners',
    (action) => {
      const cloud = new Cloud();
      const ListenerId = cloud.running(http);
      const more = action === 'ListListenerCertificates' ? {} : certificates('1002-cn-hangzhou');
      expect(cloud.code(action, { ListenerId, ...more })).toBe('400 OperationDenied.HttpListenerNotSupport');
    },
  );

  it('are listed with the CA certificate, by type, id and page', () => {
    const cloud = new Cloud({ configuringMs: 0 });
    const ListenerId = cloud.running({
      ...https,
      CaEnabled: 'true',
      'CaCertificates.1.CertificateId': '2001-cn-hangzhou',
    });
    cloud.ok(associate, { ListenerId, ...certificates('1002-cn-hangzhou', '1003-cn-hangzhou') });
    const total = (filter: Wire) =>
      cloud.ok('ListListenerCertificates', { ListenerId, ...filter })['TotalCount'];
    expect(total({})).toBe(4);
    expect(total({ CertificateType: 'Ca' })).toBe(1);
    expect(total({ 'CertificateIds.1': '1003-cn-hangzhou' })).toBe(1);
    const { NextToken } = cloud.ok('ListListenerCertificates', { ListenerId, MaxResults: '3' });
    const rest = cloud.ok('ListListenerCertificates', {
      ListenerId,
      MaxResults: '3',
      NextToken: text(NextToken),
    });
    expect(rest['Certificates']).toMatchObject([
      { CertificateId: '2001-cn-hangzhou', CertificateType: 'Ca' },
    ]);
  });
});

describe('ACLs', () => {
  it('are Associating, then Associated, then Dissociating, then gone', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(http);
    cloud.ok('AssociateAclsWithListener', { ListenerId, AclType: 'White', ...acls('acl-office') });
    expect(cloud.read(ListenerId).AclConfig).toEqual({
      AclType: 'White',
      AclRelations: [{ AclId: 'acl-office', Status: 'Associating' }],
    });
    cloud.wait(60_000);
    expect(cloud.read(ListenerId).AclConfig.AclRelations).toEqual([
      { AclId: 'acl-office', Status: 'Associated' },
    ]);
    cloud.ok('DissociateAclsFromListener', { ListenerId, ...acls('acl-office') });
    expect(cloud.read(ListenerId).AclConfig.AclRelations).toEqual([
      { AclId: 'acl-office', Status: 'Dissociating' },
    ]);
    cloud.wait(60_000);
    expect(cloud.read(ListenerId).AclConfig).toEqual({ AclRelations: [] });
  });

  it.each([
    {
      reason: 'no such ACL',
      given: { ...acls('acl-nowhere'), AclType: 'White' },
      code: '404 ResourceNotFound.Acl',
    },
    {
      reason: 'already there',
      given: { ...acls('acl-office'), AclType: 'White' },
      code: '400 ResourceInUse.Acl',
    },
    {
      reason: 'of the other type',
      given: { ...acls('acl-partners'), AclType: 'Black' },
      code: '400 InvalidParameter',
    },
    { reason: 'of no type', given: acls('acl-partners'), code: '400 MissingAclType' },
    {
      reason: 'over the quota of ACLs',
      given: { ...acls('acl-partners', 'acl-c'), AclType: 'White' },
      code: '400 QuotaExceeded.AclsNum',
    },
    {
      reason: 'over the quota of entries',
      given: { ...acls('acl-long'), AclType: 'White' },
      code: '400 ResourceQuotaExceeded.ListenerAclEntriesNum',
    },
    {
      reason: 'an entry that another one has',
      given: { ...acls('acl-same'), AclType: 'White' },
      code: '400 ResourceAlreadyExist.AclEntry',
    },
    {
      reason: 'still being made',
      given: { ...acls('acl-new'), AclType: 'White' },
      code: '400 IncorrectStatus.Acl',
    },
  ])('$reason: $code', ({ given, code }) => {
    const cloud = new Cloud({ configuringMs: 0, quotas: { aclsPerListener: 2, aclEntriesPerListener: 3 } });
    const { state } = cloud.simulator;
    state.inventory = mergeInventory(state.inventory, {
      acls: [
        { AclId: 'acl-c' },
        { AclId: 'acl-long', AclEntries: ['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16'] },
        { AclId: 'acl-same', AclEntries: ['192.0.2.0/24'] },
        { AclId: 'acl-new', AclStatus: 'Creating' },
      ],
    });
    const ListenerId = cloud.running(http);
    cloud.ok('AssociateAclsWithListener', { ListenerId, AclType: 'White', ...acls('acl-office') });
    expect(cloud.code('AssociateAclsWithListener', { ListenerId, ...given })).toBe(code);
  });

  it.each([
    { aclsOfStopped: 'allowed', code: 'Success' },
    { aclsOfStopped: 'refused', code: '400 IncorrectStatus.Listener' },
  ] as const)('are $aclsOfStopped on a stopped listener, as it is set: $code', ({ aclsOfStopped, code }) => {
    const cloud = new Cloud({ configuringMs: 0, aclsOfStopped });
    const ListenerId = cloud.running(http);
    cloud.ok('StopListener', { ListenerId });
    expect(
      cloud.code('AssociateAclsWithListener', { ListenerId, AclType: 'White', ...acls('acl-office') }),
    ).toBe(code);
    expect(cloud.status(ListenerId)).toBe('Stopped');
  });

  it.each([
    { reason: 'the creation outlasts the association', configuringMs: 1000 },
    { reason: 'the association outlasts the creation', configuringMs: 9000 },
  ])('are attached beside a creation where that is allowed: $reason', ({ configuringMs }) => {
    const cloud = new Cloud({ aclsOfProvisioning: 'allowed', provisioningMs: 3000, configuringMs });
    const ListenerId = text(cloud.ok('CreateListener', http)['ListenerId']);
    const attach = { ListenerId, AclType: 'White', ...acls('acl-office') };
    cloud.ok('AssociateAclsWithListener', attach);
    expect(cloud.status(ListenerId)).toBe('Provisioning');
    expect(cloud.code('AssociateAclsWithListener', { ...attach, ...acls('acl-partners') })).toBe(
      '400 ResourceInConfiguring.Listener',
    );
    cloud.wait(60_000);
    expect(cloud.read(ListenerId)).toMatchObject({
      ListenerStatus: 'Running',
      AclConfig: { AclType: 'White', AclRelations: [{ AclId: 'acl-office', Status: 'Associated' }] },
    });
  });

  it.each([true, false])(
    'are refused during a creation where they are not allowed, load balancer locked by it: %s',
    (createLocksLoadBalancer) => {
      const cloud = new Cloud({ createLocksLoadBalancer });
      const ListenerId = text(cloud.ok('CreateListener', http)['ListenerId']);
      expect(
        cloud.code('AssociateAclsWithListener', { ListenerId, AclType: 'White', ...acls('acl-office') }),
      ).toBe(
        createLocksLoadBalancer ? '400 IncorrectStatus.LoadBalancer' : '400 ResourceInConfiguring.Listener',
      );
    },
  );

  it('leave the creation alone when their job fails beside it', () => {
    const cloud = new Cloud({ aclsOfProvisioning: 'allowed' });
    cloud.fault({ kind: 'failJob', operation: 'AssociateAclsWithListener', code: 'InternalError' });
    const ListenerId = text(cloud.ok('CreateListener', http)['ListenerId']);
    cloud.ok('AssociateAclsWithListener', { ListenerId, AclType: 'White', ...acls('acl-office') });
    cloud.wait(60_000);
    expect(cloud.read(ListenerId)).toMatchObject({
      ListenerStatus: 'Running',
      AclConfig: { AclRelations: [] },
    });
  });

  it('are listed by id with their status; an id that does not exist is absent', () => {
    const cloud = new Cloud();
    const { state } = cloud.simulator;
    state.inventory = mergeInventory(state.inventory, {
      acls: [
        { AclId: 'acl-new', AclStatus: 'Creating' },
        { AclId: 'acl-theirs', AccountId: '1000000000000002' },
      ],
    });
    const listed = cloud.ok('ListAcls', acls('acl-office', 'acl-new', 'acl-nowhere', 'acl-theirs'));
    expect(listed['Acls']).toEqual([
      { AclId: 'acl-new', AclName: '', AclStatus: 'Creating' },
      { AclId: 'acl-office', AclName: '', AclStatus: 'Available' },
    ]);
    expect(
      cloud.code(
        'ListAcls',
        numbered(
          'AclIds',
          Array.from({ length: 21 }, (_, n) => `acl-${n}`),
        ),
      ),
    ).toBe('400 InvalidParameter');
  });

  it('do not go with security groups, and do not go away twice', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(http);
    expect(cloud.code('DissociateAclsFromListener', { ListenerId, ...acls('acl-office') })).toBe(
      '404 ResourceNotAssociated.Acl',
    );
    const { state } = cloud.simulator;
    const loadBalancers = state.inventory.loadBalancers.map((item) =>
      Object.assign({}, item, { SecurityGroupIds: ['sg-1'] }),
    );
    state.inventory = { ...state.inventory, loadBalancers };
    expect(
      cloud.code('AssociateAclsWithListener', { ListenerId, AclType: 'White', ...acls('acl-office') }),
    ).toBe('400 OperationDenied.LoadBalancerJoinedSecurityGroupNotSupportAcl');
  });
});

describe('tags', () => {
  const tagging = (ListenerId: string) => ({ ResourceType: 'listener', 'ResourceId.1': ListenerId });

  it('are set, overwritten by key, listed and removed, at once and without a job', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running({ ...http, 'Tag.1.Key': 'env', 'Tag.1.Value': 'test' });
    const tags = { 'Tag.1.Key': 'env', 'Tag.1.Value': 'prod', 'Tag.2.Key': 'owner', 'Tag.2.Value': 'uid' };
    cloud.ok('TagResources', { ...tagging(ListenerId), ...tags });
    expect(cloud.read(ListenerId)).toMatchObject({
      ListenerStatus: 'Running',
      Tags: [
        { Key: 'env', Value: 'prod' },
        { Key: 'owner', Value: 'uid' },
      ],
    });
    expect(
      cloud.ok('ListTagResources', { ResourceType: 'listener', 'Tag.1.Key': 'owner' })['TagResources'],
    ).toContainEqual({ ResourceType: 'listener', ResourceId: ListenerId, TagKey: 'owner', TagValue: 'uid' });
    cloud.ok('UnTagResources', { ...tagging(ListenerId), 'TagKey.1': 'env', 'TagKey.2': 'unknown' });
    expect(cloud.read(ListenerId).Tags).toEqual([{ Key: 'owner', Value: 'uid' }]);
    cloud.ok('UnTagResources', { ...tagging(ListenerId), All: 'true' });
    expect(cloud.read(ListenerId).Tags).toEqual([]);
  });

  it.each([
    { reason: 'a link in the key', tag: { 'Tag.1.Key': 'http://x' }, code: '400 InvalidParameter' },
    {
      reason: 'a key that repeats',
      tag: { 'Tag.1.Key': 'a', 'Tag.2.Key': 'a' },
      code: '400 InvalidParameter',
    },
    {
      reason: 'more than 20 in a call',
      tag: numbered(
        'Tag',
        Array.from({ length: 21 }, (_, n) => `k${n}`),
        '.Key',
      ),
      code: '400 InvalidParameter',
    },
    {
      reason: 'more than 20 in all',
      tag: numbered(
        'Tag',
        Array.from({ length: 20 }, (_, n) => `k${n}`),
        '.Key',
      ),
      code: '400 QuotaExceeded.TagsNum',
    },
    {
      reason: 'a resource of another type',
      tag: { 'Tag.1.Key': 'a', ResourceType: 'rule' },
      code: '400 InvalidParameter',
    },
    {
      reason: 'a listener that is not there',
      tag: { 'Tag.1.Key': 'a', 'ResourceId.1': 'lsn-nobody' },
      code: '404 ResourceNotFound.Listener',
    },
  ])('$reason: $code', ({ tag, code }) => {
    const cloud = new Cloud();
    const ListenerId = cloud.running({ ...http, 'Tag.1.Key': 'first' });
    expect(cloud.code('TagResources', { ...tagging(ListenerId), ...tag })).toBe(code);
    expect(cloud.read(ListenerId).Tags).toEqual([{ Key: 'first', Value: '' }]);
  });

  it('can be set while the listener is being changed', () => {
    const cloud = new Cloud();
    const ListenerId = text(cloud.ok('CreateListener', http)['ListenerId']);
    cloud.ok('TagResources', { ...tagging(ListenerId), 'Tag.1.Key': 'a' });
    cloud.wait(60_000);
    expect(cloud.read(ListenerId)).toMatchObject({
      ListenerStatus: 'Running',
      Tags: [{ Key: 'a', Value: '' }],
    });
  });
});
