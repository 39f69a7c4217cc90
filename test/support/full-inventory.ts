import type { InventoryInput } from '../../src/simulator/inventory.ts';
import { fullAttachments, fullSpecs } from './full-manifests.ts';

/** Something else of each kind, to change over to. */
export const OTHER = {
  serverGroupId: 'sgp-other',
  certificateId: '10370513-cn-hangzhou',
  caCertificateId: '1ef1da5f-ca15-7dd2-4f9d-other',
  quicListenerId: 'lsn-otherquic',
  aclId: 'acl-other',
} as const;

/** An account with everything that the full manifests refer to, but for the QUIC listener. */
export const fullInventory: InventoryInput = {
  loadBalancers: [
    {
      LoadBalancerId: fullSpecs.HTTP.loadBalancerId,
      VpcId: 'vpc-main',
      AccessLogConfig: { LogProject: 'alb-logs', LogStore: 'alb' },
    },
  ],
  serverGroups: [
    ...serverGroupIds().map((ServerGroupId) => ({ ServerGroupId, VpcId: 'vpc-main' })),
    { ServerGroupId: OTHER.serverGroupId, VpcId: 'vpc-main' },
  ],
  certificates: [
    ...ids([
      ...(fullSpecs.HTTPS.certificates ?? []),
      { certificateId: OTHER.certificateId },
      ...(fullAttachments.HTTPS.additionalCertificates ?? []),
    ]).map((CertificateId) => ({ CertificateId })),
    ...[...ids(fullSpecs.HTTPS.caCertificates), OTHER.caCertificateId].map((CertificateId) => ({
      CertificateId,
      CertificateType: 'Ca' as const,
    })),
  ],
  acls: [...(fullAttachments.HTTP.aclConfig?.aclIds ?? []), OTHER.aclId].map((AclId, index) => ({
    AclId,
    AclEntries: [`192.0.2.${index}/32`],
  })),
};

function serverGroupIds(): readonly string[] {
  return fullSpecs.HTTP.defaultActions.flatMap(({ forwardGroupConfig }) =>
    forwardGroupConfig.serverGroupTuples.map(({ serverGroupId }) => serverGroupId),
  );
}

function ids(certificates: readonly { readonly certificateId: string }[] = []): readonly string[] {
  return certificates.map(({ certificateId }) => certificateId);
}
