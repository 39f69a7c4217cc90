import type { Clock } from '../runtime/clock.ts';
import { type AlbConnection, connectAlb, type OpenCarrier } from './alb-client.ts';
import type { Access, Site } from './api.ts';
import { IssuedCredentials } from './credentials/issued-credentials.ts';
import type { CredentialsProblem, CredentialsProvider, CredentialsReading } from './credentials/provider.ts';
import { SecretCredentials, type SecretReading } from './credentials/secret.ts';
import type { Regions } from './endpoints.ts';
import type { AlbError } from './error.ts';
import { InUse } from './in-use.ts';
import { roleAssumer } from './sts/assume-role.ts';
import type { CallerIdentities } from './sts/caller-identities.ts';

/** Whether somebody may work as they want to. */
export type Opening =
  | {
      readonly opened: true;
      readonly site: Site;
      /** The same one for all callers with the same credentials on the same site. */
      readonly connection: AlbConnection;
      /** Only the status of an object with a listener names the region. */
      readonly isUnlisted: boolean;
    }
  | { readonly opened: false; readonly error: AlbError };

/** Opens the way to the cloud. Never rejects, and may be called before every use. */
export type OpenSession = (access: Access) => Promise<Opening>;

export interface AlbSessionsOptions {
  readonly regions: Regions;
  /** The operator's own credentials. */
  readonly own: CredentialsProvider;
  readonly identities: Pick<CallerIdentities, 'accountOf'>;
  /** Base URL of STS. */
  readonly stsEndpoint: string;
  readonly roleSessionName: string;
  /** Stands in the ExternalId with which roles are assumed, before the namespace. */
  readonly installation: string;
  readonly readSecret: (secret: Secret, age: 'recent' | 'latest') => Promise<SecretReading>;
  /** Whether an object of the cache refers to the Secret, `namespace/name`: its last keys are kept then. */
  readonly isReferred: (secret: string) => boolean;
  /** When to look again for a Secret that is missing, milliseconds. */
  readonly retryMs: number;
  /** See `connectAlb`. */
  readonly mayWrite: () => boolean;
  readonly carrierOf?: OpenCarrier;
  readonly clock: Clock;
}

type Secret = NonNullable<Access['secret']>;

interface Signer {
  readonly provider: CredentialsProvider;
  readonly reading: CredentialsReading;
}

/**
 * Connections to the cloud, each as one account in one region.
 *
 * That a listener is not there proves something only to those who look in its account: a key of another one sees
 * nothing and is told so by nobody. So the account is known before the first call, every call asks again whether its
 * key still belongs to it, and whoever must be in a certain account is refused in any other.
 */
export class AlbSessions {
  readonly #options: AlbSessionsOptions;
  readonly #secrets: InUse<SecretCredentials>;
  /** By site. They go with their provider. */
  readonly #connections = new WeakMap<CredentialsProvider, Map<string, AlbConnection>>();

  constructor(options: AlbSessionsOptions) {
    this.#options = options;
    this.#secrets = new InUse(options.clock, options.isReferred);
  }

  readonly open: OpenSession = async (access) => {
    const { regions, identities } = this.#options;
    const regionId = access.regionId ?? regions.home;
    const endpoint = regions.endpointOf(regionId, access.isRecorded);
    if (!endpoint.ok)
      return refused({ class: 'unknownRegion', code: 'UnknownRegion', message: endpoint.problem });

    const { provider, reading } = await this.#signer(access);
    if (!reading.ok) return refused(reading.problem);
    const account = await identities.accountOf(reading.credentials);
    if (account.outcome !== 'yes') return refused(account.error);
    const accountId = account.value;
    if (access.accountId !== undefined && access.accountId !== accountId)
      return refused(wrongAccount(access.accountId, accountId));

    const site = { accountId, regionId };
    const connection = this.#connection(provider, site, endpoint.endpoint);
    return { opened: true, site, connection, isUnlisted: !endpoint.listed };
  };

  /** Whose keys are used: never anybody else's than those that were asked for. */
  async #signer({ secret, isLeaving }: Access): Promise<Signer> {
    const holder = secret === undefined ? undefined : this.#credentialsIn(secret);
    const provider = holder ?? this.#options.own;
    const reading = await provider.current();
    const isGone = !reading.ok && reading.problem.class === 'credentialsMissing';
    if (!isGone || !isLeaving || holder?.lastKnown === undefined) return { provider, reading };
    return { provider: holder.lastKnown, reading: await holder.lastKnown.current() };
  }

  #connection(provider: CredentialsProvider, site: Site, endpoint: string): AlbConnection {
    const known = this.#connections.get(provider) ?? new Map<string, AlbConnection>();
    this.#connections.set(provider, known);
    const key = `${site.accountId}/${site.regionId}`;
    const connection = known.get(key) ?? this.#connect(provider, site, endpoint);
    known.set(key, connection);
    return connection;
  }

  #connect(provider: CredentialsProvider, { accountId, regionId }: Site, endpoint: string): AlbConnection {
    const { identities, mayWrite, carrierOf } = this.#options;
    return connectAlb({
      endpoint,
      regionId,
      provider,
      mayWrite,
      carrierOf,
      objection: async (credentials) => {
        const account = await identities.accountOf(credentials);
        if (account.outcome !== 'yes') return account.error;
        return account.value === accountId ? undefined : wrongAccount(accountId, account.value);
      },
    });
  }

  #credentialsIn(secret: Secret): SecretCredentials {
    const { own, clock, readSecret, retryMs, stsEndpoint, roleSessionName, installation } = this.#options;
    const name = `${secret.namespace}/${secret.name}`;
    return this.#secrets.get(
      name,
      () =>
        new SecretCredentials({
          name,
          own,
          retryMs,
          read: (age) => readSecret(secret, age),
          assume: (roleArn, as) =>
            new IssuedCredentials({
              clock,
              issue: roleAssumer(stsEndpoint, as, {
                roleArn,
                roleSessionName,
                externalId: `${installation}/${secret.namespace}`,
              }),
            }),
        }),
    );
  }
}

export function wrongAccount(wanted: string, actual: string): CredentialsProblem {
  const message = `The credentials belong to account ${actual}, and the listener to account ${wanted}.`;
  return { class: 'wrongAccount', code: 'WrongAccount', message };
}

/** What was to come first when nothing was asked. */
const FIRST_CALL = 'GetCallerIdentity';

function refused({ operation, ...problem }: CredentialsProblem): Opening {
  const error =
    operation === undefined
      ? { ...problem, operation: FIRST_CALL, notSent: true as const }
      : { ...problem, operation };
  return { opened: false, error };
}
