import type { ResolvedSpec } from './schema/spec.ts';
import { type AlbListenerStatus, MAX_MANAGED_TAG_KEYS } from './schema/status.ts';

/** What manifests of a resource have set and the cloud may still hold: what leaves the manifest leaves the cloud. */
export type Memory = Pick<AlbListenerStatus, 'managedTagKeys' | 'managedAttachments'>;

/**
 * What is attached to a listener by calls of its own, and may just as well have been attached by others: as long as no
 * manifest says anything of it, it is theirs.
 */
type Attachment = NonNullable<Memory['managedAttachments']>[number];

const ATTACHMENTS: readonly Attachment[] = ['aclConfig', 'additionalCertificates'];

/** Whether the listener is to be brought to what the manifest says of it, be it nothing any more. */
export function isManaged(
  attachment: Attachment,
  { ignoreFields = [], ...spec }: ResolvedSpec,
  { managedAttachments = [] }: Memory,
): boolean {
  if (ignoreFields.includes(attachment)) return false;
  return spec[attachment] !== undefined || managedAttachments.includes(attachment);
}

/** What this manifest sets: all there is to remember while the listener is as declared. */
export function memoryOf(spec: ResolvedSpec): Memory {
  return remembering({}, spec);
}

/** With what this manifest sets. Written before the first call, so that no crash can make us forget to take it away. */
export function remembering(
  { managedTagKeys = [], managedAttachments = [] }: Memory,
  spec: ResolvedSpec,
): Memory {
  const { tags = [], ignoreFields = [] } = spec;
  // The manifest's own first. A listener never had so many tags at once that others would have to be left out.
  const keys = [...new Set([...tags.map(({ key }) => key), ...managedTagKeys])].slice(
    0,
    MAX_MANAGED_TAG_KEYS,
  );
  const attachments = ATTACHMENTS.filter(
    (attachment) =>
      managedAttachments.includes(attachment) ||
      (spec[attachment] !== undefined && !ignoreFields.includes(attachment)),
  );
  return {
    ...(keys.length > 0 && { managedTagKeys: keys.sort() }),
    ...(attachments.length > 0 && { managedAttachments: attachments }),
  };
}
