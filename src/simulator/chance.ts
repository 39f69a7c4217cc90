import { createHash } from 'node:crypto';

/**
 * Ids and chance as a function of a seed and a counter that both live in the state: a run can be repeated
 * exactly, and a restart goes on where the last process stopped.
 */
function digest(seed: string, label: string, count: number): Buffer {
  return createHash('sha256').update(`${seed}/${label}/${count}`).digest();
}

export function uuid(seed: string, label: string, count: number): string {
  const hex = digest(seed, label, count).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

export function listenerId(seed: string, count: number): string {
  const letters = BigInt(`0x${digest(seed, 'listener', count).toString('hex')}`).toString(36);
  return `lsn-${letters.slice(0, 18)}`;
}

/** A key as STS issues them: only who knows the seed can tell it beforehand. */
export function temporaryKey(seed: string, count: number) {
  return {
    accessKeyId: `STS.${digest(seed, 'key', count).toString('hex').slice(0, 24)}`,
    accessKeySecret: digest(seed, 'key secret', count).toString('hex').slice(0, 40),
    securityToken: `CAIS${digest(seed, 'security token', count).toString('base64')}`,
  };
}

/** A number in [0, 1). */
export function fraction(seed: string, count: number): number {
  return digest(seed, 'chance', count).readUInt32BE() / 2 ** 32;
}
