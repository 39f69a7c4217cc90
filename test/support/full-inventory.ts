import type { InventoryInput } from '../../src/simulator/inventory.ts';
import { fullSpecs } from './full-manifests.ts';

/** Something else of each kind, to change over to. */
export const OTHER = {
  serverGroupId: 'sgp-other',
  certificateId: '10370513-cn-hangzhou',
  caCertificateId: '1ef1da5f-ca15-7dd2-4f9d-other',
  quicListenerId: 'lsn-otherquic',
} as const;

/** An account with everything that the full manifests refer to, but for the QUIC listener. */
export const fullInventory: InventoryInput = {
  loadBalancers: [{ LoadBalancerId: fullSpecs.HTTP.loadBalancerId, VpcId: 'vpc-main' }],
  serverGroups: [
    ...serverGroupIds().map((ServerGroupId) => ({ ServerGroupId, VpcId: 'vpc-main' })),
    { ServerGroupId: OTHER.serverGroupId, VpcId: 'vpc-main' },
  ],
  certificates: [
    ...ids(fullSpecs.HTTPS.certificates).map((CertificateId) => ({ CertificateId })),
    { CertificateId: OTHER.certificateId },
    ...[...ids(fullSpecs.HTTPS.caCertificates), OTHER.caCertificateId].map((CertificateId) => ({
      CertificateId,
      CertificateType: 'Ca' as const,
    })),
  ],
};

function serverGroupIds(): readonly string[] {
  return fullSpecs.HTTP.defaultActions.flatMap(({ forwardGroupConfig }) =>
    forwardGroupConfig.serverGroupTuples.map(({ serverGroupId }) => serverGroupId),
  );
}

function ids(certificates: readonly { readonly certificateId: string }[] = []): readonly string[] {
  return certificates.map(({ certificateId }) => certificateId);
}
