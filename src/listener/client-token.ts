import { createHash } from 'node:crypto';

/**
 * The idempotency token of one creation: UUIDv5 (RFC 9562, section 5.5) with the resource's UID as namespace and
 * `create/<incarnation>` as name. 36 ASCII characters, within the 64 that Alibaba Cloud accepts elsewhere.
 *
 * It depends on nothing else, so it can be computed again when the status was lost, and two leaders that overlap
 * send the same one.
 *
 * @param uid the `metadata.uid` of the resource; a UUID as Kubernetes makes them
 * @param incarnation 0 for the first listener of the resource, one more after each proven end of it
 */
export function createListenerToken(uid: string, incarnation: number): string {
  return uuidV5(uid, `create/${incarnation}`);
}

function uuidV5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  const bytes = hash.subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
