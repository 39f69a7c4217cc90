import { Credentials } from '../../src/alb/credentials/credentials.ts';
import type { CredentialsProvider } from '../../src/alb/credentials/provider.ts';
import type { Outcome } from '../../src/alb/error.ts';
import { HOME_ACCOUNT } from '../../src/simulator/home-account.ts';

/** An account in which there is nothing: whoever looks there finds every listener gone. */
const OTHER_ACCOUNT = '2000000000000002';

const KEYS = {
  [HOME_ACCOUNT]: new Credentials('LTAI5tSimulatedKey', 'kGh28SimulatedSecret'),
  [OTHER_ACCOUNT]: new Credentials('LTAI5tElsewhereKey', 'kGh28ElsewhereSecret'),
} as const;

/** No word of these may come out. */
export const SECRETS: readonly string[] = Object.values(KEYS).flatMap((key) => [
  key.accessKeyId(),
  key.accessKeySecret(),
]);

/** What the cloud knows of them. */
export const KEYS_OF_ACCOUNTS = Object.entries(KEYS).map(([accountId, key]) => ({
  accountId,
  accessKeyId: key.accessKeyId(),
  accessKeySecret: key.accessKeySecret(),
}));

/** The key in the Secret from which all processes of the operator take theirs. Somebody may put the wrong one there. */
export class OperatorKey implements CredentialsProvider {
  #account: keyof typeof KEYS = HOME_ACCOUNT;

  get isWrong(): boolean {
    return this.#account !== HOME_ACCOUNT;
  }

  mistake(): void {
    this.#account = OTHER_ACCOUNT;
  }

  correct(): void {
    this.#account = HOME_ACCOUNT;
  }

  async current() {
    return { ok: true, credentials: KEYS[this.#account] } as const;
  }

  renew() {
    return this.current();
  }

  /** What STS says. */
  async accountOf(credentials: Credentials): Promise<Outcome<string>> {
    const [account = ''] = Object.entries(KEYS).find(([, key]) => key === credentials) ?? [];
    return { outcome: 'yes', value: account, requestId: 'STS' };
  }
}
