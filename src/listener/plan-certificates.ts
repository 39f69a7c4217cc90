import { type Association, sortAssociations } from './association.ts';
import { differenceOfSets } from './difference.ts';
import { isManaged, type Memory } from './memory.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';
import type { Plan, Step } from './step.ts';

/** Certificates that one call takes (schema of the API; its prose says 20). */
const MOST_IN_A_CALL = 15;

/** The calls around the update that sets the default certificate: a certificate cannot be both. */
export interface CertificatePlan extends Pick<Plan, 'differences'> {
  /** Free the certificate that becomes the default. */
  readonly before: readonly Step[];
  /** The one that was the default may be among these. New ones come first, so that no name is ever without. */
  readonly after: readonly Step[];
}

/** Additional certificates, and the calls that bring them in place, each harmless to be the last one. */
export function certificatePlan(spec: ResolvedSpec, listener: SeenListener, memory: Memory): CertificatePlan {
  const actual = additionalCertificatesOf(listener);
  if (actual === undefined || !isManaged('additionalCertificates', spec, memory)) {
    return { differences: [], before: [], after: [] };
  }
  const declared = idsOf(spec.additionalCertificates);
  const { kept, missing, surplus } = sortAssociations(declared, actual);
  const defaults = idsOf(spec.certificates);
  return {
    differences: differenceOfSets('additionalCertificates', declared, [...kept, ...surplus]),
    before: inCalls(
      'dissociateCertificates',
      surplus.filter((id) => defaults.includes(id)),
    ),
    after: [
      ...inCalls('associateCertificates', missing),
      ...inCalls(
        'dissociateCertificates',
        surplus.filter((id) => !defaults.includes(id)),
      ),
    ],
  };
}

/** `undefined` where nobody has asked the cloud for them. */
export function additionalCertificatesOf({
  additionalCertificates,
}: SeenListener): readonly Association[] | undefined {
  return additionalCertificates?.map(({ certificateId, status }) => ({ id: certificateId, status }));
}

function idsOf(certificates: readonly { readonly certificateId: string }[] = []): readonly string[] {
  return certificates.map(({ certificateId }) => certificateId);
}

function inCalls(
  call: 'associateCertificates' | 'dissociateCertificates',
  certificateIds: readonly string[],
): readonly Step[] {
  if (certificateIds.length === 0) return [];
  const now = certificateIds.slice(0, MOST_IN_A_CALL);
  return [{ call, certificateIds: now }, ...inCalls(call, certificateIds.slice(MOST_IN_A_CALL))];
}
