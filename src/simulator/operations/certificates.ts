import { z } from 'zod';
import type { LoadBalancer } from '../inventory.ts';
import type { Listener } from '../listener.ts';
import {
  alreadyAssociated,
  incorrectStatus,
  notAssociated,
  notFound,
  operationDenied,
  quotaExceeded,
  type Refusal,
  refuse,
} from '../refusal.ts';
import { asRead, type StateView } from '../state.ts';
import { findCertificate } from './fit.ts';
import { accept, type Context, operation, reject } from './operation.ts';
import { pageOf } from './paging.ts';
import { id, listOf, paging } from './parameter-types.ts';
import { isRefusal, visibleListener, writableListener } from './preconditions.ts';
import { startConfiguring } from './start-job.ts';

/** The schema of the API says 15 at once; its prose says 20. */
const several = listOf(z.object({ CertificateId: id }), 15);

export const listListenerCertificates = operation({
  action: 'ListListenerCertificates',
  write: false,
  parameters: z.object({
    ListenerId: id,
    CertificateType: z.enum(['Server', 'Ca']).optional(),
    CertificateIds: listOf(id, 20).optional(),
    ...paging,
  }),
  run: (filter, { state, now }) => {
    const { settings } = state;
    const listener = visibleListener(asRead(state, now, settings.attributeLagMs), filter.ListenerId);
    if (isRefusal(listener)) return reject(listener);
    if (listener.ListenerProtocol === 'HTTP') return reject(operationDenied('HttpListenerNotSupport'));
    const matching = certificatesOf(listener).filter(
      (certificate) =>
        (filter.CertificateType ?? certificate.CertificateType) === certificate.CertificateType &&
        (filter.CertificateIds?.includes(certificate.CertificateId) ?? true),
    );
    const page = pageOf(
      matching,
      (item) => `${item.CertificateId}/${item.CertificateType}`,
      filter,
      settings,
    );
    if (isRefusal(page)) return reject(page);
    return accept({
      Certificates: page.items,
      MaxResults: page.maxResults,
      TotalCount: matching.length,
      ...page.next,
    });
  },
});

export const associateAdditionalCertificates = operation({
  action: 'AssociateAdditionalCertificatesWithListener',
  write: true,
  parameters: z.object({ ListenerId: id, Certificates: several }),
  run: ({ ListenerId, Certificates }, context) => {
    const found = certifiableListener(context, ListenerId);
    if (isRefusal(found)) return reject(found);
    const { listener, loadBalancer } = found;
    const ids = Certificates.map((certificate) => certificate.CertificateId);
    const refusal =
      associationRefusal(context.state, listener, ids) ??
      certificateQuotaRefusal(context.state, loadBalancer, ids.length);
    if (refusal !== undefined) return reject(refusal);

    const added = ids.map((CertificateId) => ({ CertificateId, Status: 'Associating' as const }));
    const { JobId, changes } = startConfiguring(
      context,
      'AssociateAdditionalCertificatesWithListener',
      listener,
      { ...listener, AdditionalCertificates: [...listener.AdditionalCertificates, ...added] },
    );
    return accept({ JobId }, changes);
  },
});

export const dissociateAdditionalCertificates = operation({
  action: 'DissociateAdditionalCertificatesFromListener',
  write: true,
  parameters: z.object({ ListenerId: id, Certificates: several }),
  run: ({ ListenerId, Certificates }, context) => {
    const found = certifiableListener(context, ListenerId);
    if (isRefusal(found)) return reject(found);
    const { listener } = found;
    const ids = Certificates.map((certificate) => certificate.CertificateId);
    if (ids.some((certificateId) => isDefault(listener, certificateId))) {
      return reject(operationDenied('DefaultCertificateUsed'));
    }
    const stranger = ids.find((certificateId) => !isAdditional(listener, certificateId));
    if (stranger !== undefined) return reject(notAssociated('Certificate', stranger));

    const AdditionalCertificates = listener.AdditionalCertificates.map(({ CertificateId, Status }) => ({
      CertificateId,
      Status: ids.includes(CertificateId) ? ('Diassociating' as const) : Status,
    }));
    const { JobId, changes } = startConfiguring(
      context,
      'DissociateAdditionalCertificatesFromListener',
      listener,
      { ...listener, AdditionalCertificates },
    );
    return accept({ JobId }, changes);
  },
});

function certifiableListener(context: Context, listenerId: string) {
  const found = writableListener(context, listenerId);
  if (isRefusal(found)) return found;
  const { ListenerProtocol, ListenerStatus } = found.listener;
  if (ListenerProtocol === 'HTTP') return operationDenied('HttpListenerNotSupport');
  if (ListenerStatus !== 'Running') return incorrectStatus('Listener', listenerId, ListenerStatus);
  return found;
}

function associationRefusal(
  state: StateView,
  listener: Listener,
  ids: readonly string[],
): Refusal | undefined {
  const defaultId = listener.Certificates?.[0]?.CertificateId;
  if (defaultId === undefined || findCertificate(state, defaultId, 'Server') === undefined) {
    return refuse(
      400,
      'OperationFailed.DefaultCertificateNotFound',
      'The operation failed because of DefaultCertificateNotFound.',
    );
  }
  for (const certificateId of ids) {
    if (isDefault(listener, certificateId)) return operationDenied('DefaultCertificateUsed');
    if (isAdditional(listener, certificateId)) return alreadyAssociated('Certificate', certificateId);
    if (findCertificate(state, certificateId, 'Server') === undefined) {
      return notFound('Certificate', certificateId);
    }
  }
  return undefined;
}

function certificateQuotaRefusal(
  state: StateView,
  loadBalancer: LoadBalancer,
  more: number,
): Refusal | undefined {
  const { LoadBalancerId, LoadBalancerEdition } = loadBalancer;
  const quotas = state.settings.quotas.additionalCertificatesPerLoadBalancer;
  const limit = LoadBalancerEdition === 'Basic' ? quotas.Basic : quotas.Standard;
  const usage = [...state.listeners.values()]
    .filter((listener) => listener.LoadBalancerId === LoadBalancerId)
    .reduce((sum, listener) => sum + listener.AdditionalCertificates.length, 0);
  if (usage + more <= limit) return undefined;
  return quotaExceeded(
    'ResourceQuotaExceeded.LoadBalancerCertificatesNum',
    LoadBalancerId,
    usage + more,
    limit,
  );
}

function certificatesOf(listener: Listener) {
  const { Certificates = [], AdditionalCertificates, CaCertificates = [] } = listener;
  return [
    ...Certificates.map(({ CertificateId }) => row(CertificateId, 'Server', true, 'Associated')),
    ...AdditionalCertificates.map(({ CertificateId, Status }) => row(CertificateId, 'Server', false, Status)),
    ...CaCertificates.map(({ CertificateId }) => row(CertificateId, 'Ca', false, 'Associated')),
  ];
}

function row(CertificateId: string, CertificateType: 'Server' | 'Ca', IsDefault: boolean, Status: string) {
  return { CertificateId, CertificateType, IsDefault, Status };
}

function isDefault(listener: Listener, certificateId: string): boolean {
  return listener.Certificates?.some((item) => item.CertificateId === certificateId) ?? false;
}

function isAdditional(listener: Listener, certificateId: string): boolean {
  return listener.AdditionalCertificates.some((item) => item.CertificateId === certificateId);
}
