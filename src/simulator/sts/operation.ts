import type { Credential, Role } from '../inventory.ts';
import type { WireParameters } from '../parameters.ts';
import type { Refusal } from '../refusal.ts';

/** Who calls, as far as STS looks at it. */
export type Caller = Pick<Credential, 'accessKeyId' | 'accountId' | 'securityToken' | 'assumedRole'>;

/** What an operation of STS can see and draw on. It changes nothing itself. */
export interface StsContext {
  readonly roles: readonly Role[];
  /** Of an unsigned call it says nothing. */
  readonly caller: Caller;
  /** The time by which the gateway judges keys. */
  readonly now: number;
  readonly newKey: () => Required<Pick<Credential, 'accessKeyId' | 'accessKeySecret' | 'securityToken'>>;
}

export type StsResult =
  | {
      readonly ok: true;
      /** Without RequestId. */
      readonly body: Readonly<Record<string, unknown>>;
      /** A key that is good from now on. */
      readonly issued?: Credential;
    }
  | { readonly ok: false; readonly refusal: Refusal };

export interface StsOperation {
  readonly action: string;
  /** False where the proof of the caller is among the parameters. */
  readonly signed: boolean;
  /** Names of the parameters it has, whether they change anything here or not. */
  readonly parameters: readonly string[];
  run(parameters: WireParameters, context: StsContext): StsResult;
}
