import { Credentials } from '../../src/alb/credentials/credentials.ts';
import type { CredentialsProvider } from '../../src/alb/credentials/provider.ts';
import type { Outcome } from '../../src/alb/error.ts';
import { HOME_ACCOUNT } from '../../src/simulator/home-account.ts';

/** An account without any load balancer: with its key every listener seems to be gone. */
const EMPTY_ACCOUNT = '2000000000000002';
/** The account of a partner, whose key is in a Secret. */
export const PARTNER_ACCOUNT = '3000000000000003';

const CROWD_PREFIX = 'LTAI5tCrowdKey';

interface Key {
  readonly accountId: string;
  readonly credentials: Credentials;
}

export const KEYS = {
  operator: keyOf(HOME_ACCOUNT, 'LTAI5tSimulatedKey', 'kGh28SimulatedSecret'),
  empty: keyOf(EMPTY_ACCOUNT, 'LTAI5tElsewhereKey', 'kGh28ElsewhereSecret'),
  partner: keyOf(PARTNER_ACCOUNT, 'LTAI5tPartnerKey', 'kGh28PartnerSecret'),
  /** The successor of the partner's key. */
  rotated: keyOf(PARTNER_ACCOUNT, 'LTAI5tRotatedKey', 'kGh28RotatedSecret'),
} as const satisfies Readonly<Record<string, Key>>;

export type KeyName = keyof typeof KEYS;

const ALL: readonly Key[] = Object.values(KEYS);

/** The key of one of many accounts, each of which has nothing in the cloud. */
export function keyOfCrowd(index: number): Key {
  return keyOf(`5${String(index).padStart(15, '0')}`, `${CROWD_PREFIX}${index}`, `kGh28CrowdSecret${index}`);
}

/** None of these texts may appear in a status, an event or a log. */
export const SECRETS: readonly string[] = ALL.flatMap(({ credentials }) => [
  credentials.accessKeyId(),
  credentials.accessKeySecret(),
]);

export const OPERATOR_KEY_IDS: ReadonlySet<string> = new Set([
  KEYS.operator.credentials.accessKeyId(),
  KEYS.empty.credentials.accessKeyId(),
]);

/** What the cloud knows of the keys. */
export const KEYS_OF_ACCOUNTS = ALL.map(({ accountId, credentials }) => ({
  accountId,
  accessKeyId: credentials.accessKeyId(),
  accessKeySecret: credentials.accessKeySecret(),
}));

/** The data of a Secret that holds a key. */
export function secretWith({ credentials }: Key): Readonly<Record<string, string>> {
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  return {
    accessKeyId: encoded(credentials.accessKeyId()),
    accessKeySecret: encoded(credentials.accessKeySecret()),
  };
}

/** The key that all processes of the operator use as their own. It can be replaced by that of another account. */
export class OperatorKey implements CredentialsProvider {
  #key: Key = KEYS.operator;
  #wasWrong = false;

  get isWrong(): boolean {
    return this.#key !== KEYS.operator;
  }

  /** Whether it ever was. */
  get wasWrong(): boolean {
    return this.#wasWrong;
  }

  mistake(): void {
    this.#wasWrong = true;
    this.#key = KEYS.empty;
  }

  correct(): void {
    this.#key = KEYS.operator;
  }

  async current() {
    return { ok: true, credentials: this.#key.credentials } as const;
  }

  renew() {
    return this.current();
  }

  /** What STS says. */
  async accountOf(credentials: Credentials): Promise<Outcome<string>> {
    const id = credentials.accessKeyId();
    const key = id.startsWith(CROWD_PREFIX)
      ? keyOfCrowd(Number(id.slice(CROWD_PREFIX.length)))
      : ALL.find((one) => one.credentials.accessKeyId() === id);
    return { outcome: 'yes', value: key?.accountId ?? '', requestId: 'STS' };
  }
}

function keyOf(accountId: string, accessKeyId: string, accessKeySecret: string): Key {
  return { accountId, credentials: new Credentials(accessKeyId, accessKeySecret) };
}
