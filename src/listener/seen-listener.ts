import type { ListenerAttribute } from '../alb/api.ts';

/** A listener as the reads of the cloud tell of it, put together. */
export interface SeenListener extends ListenerAttribute {
  /** Absent where nobody has asked for them: that says nothing about whether there are any. */
  readonly additionalCertificates?: readonly AdditionalCertificate[];
}

interface AdditionalCertificate {
  readonly certificateId: string;
  /** Associating, Associated or, in the cloud's own spelling, Diassociating. */
  readonly status: string;
}
