import type { Outcome } from '../alb/error.ts';
import { isAtRest } from './jobs.ts';
import { isManaged, type Memory } from './memory.ts';
import type { Cloud } from './ports.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';

/** All that the cloud tells of a listener and the manifest has a say in. */
export async function readListener(
  listenerId: string,
  spec: ResolvedSpec,
  memory: Memory,
  cloud: Pick<Cloud, 'getListenerAttribute' | 'listListenerCertificates'>,
): Promise<Outcome<SeenListener>> {
  const attribute = await cloud.getListenerAttribute(listenerId);
  if (attribute.outcome !== 'yes') return attribute;
  const listener = attribute.value;
  // The cloud refuses to be asked about an HTTP listener. One that it works on is compared with nothing yet.
  const asks = isAtRest(listener) && listener.listenerProtocol !== 'HTTP';
  if (!asks || !isManaged('additionalCertificates', spec, memory)) return attribute;

  const certificates = await cloud.listListenerCertificates(listenerId);
  if (certificates.outcome !== 'yes') return certificates;
  const additionalCertificates = certificates.value.filter(({ isDefault }) => !isDefault);
  return { ...attribute, value: { ...listener, additionalCertificates } };
}
