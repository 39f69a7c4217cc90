import { timingSafeEqual } from 'node:crypto';
import type { Credential } from './inventory.ts';
import { operations } from './operations/index.ts';
import type { WireParameters } from './parameters.ts';
import { missingParameter, type Refusal, refuse, unknownAction } from './refusal.ts';
import { stsOperations } from './sts/index.ts';
import { notAuthorized } from './sts/refusals.ts';
import type { RpcRequest } from './wire/request.ts';
import { signV1, stringToSign } from './wire/signature-v1.ts';
import { bodyHash, isV3, parseAuthorization, signV3, stringToSignV3 } from './wire/signature-v3.ts';

/** What a request says about itself, under either signature version, before any of it is believed. */
interface Claims {
  readonly action: string | undefined;
  readonly version: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly securityToken: string | undefined;
  /** As in the request; not parsed. */
  readonly timestamp: string | undefined;
  readonly nonce: string | undefined;
  readonly isSignedWith: (secret: string) => boolean;
  /** The text the signature should have been made of; the API tells it in SignatureDoesNotMatch. */
  readonly stringToSign: () => string;
  readonly malformed?: Refusal;
}

interface Api {
  readonly product: 'Alb' | 'Sts';
  readonly operations: ReadonlyMap<string, object>;
}

/** The APIs behind this endpoint, by the version that a request names. */
const apis: ReadonlyMap<string, Api> = new Map<string, Api>([
  ['2020-06-16', { product: 'Alb', operations }],
  ['2015-04-01', { product: 'Sts', operations: stsOperations }],
]);

export type Admission = {
  readonly product: 'Alb' | 'Sts';
  readonly action: string;
  readonly accessKeyId: string | null;
  /** The operation's own parameters: those of the protocol are taken out. An OIDC token is among them. */
  readonly parameters: WireParameters;
} & ({ readonly admitted: true } | { readonly admitted: false; readonly refusal: Refusal });

const timestampWindowMs = 15 * 60 * 1000;

const protocolParameters: ReadonlySet<string> = new Set([
  'Action',
  'Version',
  'Format',
  'AccessKeyId',
  'Signature',
  'SignatureMethod',
  'SignatureVersion',
  'SignatureNonce',
  'SignatureType',
  'Timestamp',
  'SecurityToken',
  'RegionId',
]);

/** Decides who may come in, to whichever API: protocol, credentials, signature, clock and nonce. It uses real time, never simulated time. */
export class Gateway {
  /** Nonces seen, with the time at which their timestamp is too old anyway. */
  readonly #nonces = new Map<string, number>();

  admit(request: RpcRequest, credentials: readonly Credential[], now: number): Admission {
    const claims = claimsOf(request);
    const api = apis.get(claims.version ?? '');
    const refusal = this.#refusal(request, claims, api, credentials, now);
    const known = {
      product: api?.product ?? ('Alb' as const),
      action: claims.action ?? '',
      // A key that nobody looks at says nothing about the caller.
      accessKeyId: isUnsigned(claims.action) ? null : (claims.accessKeyId ?? null),
      parameters: ownParameters(request.parameters),
    };
    return refusal === undefined ? { ...known, admitted: true } : { ...known, admitted: false, refusal };
  }

  #refusal(
    request: RpcRequest,
    claims: Claims,
    api: Api | undefined,
    credentials: readonly Credential[],
    now: number,
  ): Refusal | undefined {
    if (request.method !== 'GET' && request.method !== 'POST') {
      return refuse(405, 'UnsupportedHTTPMethod', 'This http method is not supported.');
    }
    if (claims.action === undefined) return missingParameter('Action');
    if (claims.version === undefined) return missingParameter('Version');
    if (api === undefined) {
      return refuse(400, 'InvalidVersion', 'Specified parameter Version is not valid.');
    }
    if (!api.operations.has(claims.action)) return unknownAction();
    if (isUnsigned(claims.action)) return undefined;
    if (claims.malformed !== undefined) return claims.malformed;

    const { accessKeyId, timestamp, nonce } = claims;
    if (accessKeyId === undefined) return missingParameter('AccessKeyId');
    if (timestamp === undefined) return missingParameter('Timestamp');
    if (nonce === undefined) return missingParameter('SignatureNonce');
    const credential = credentials.find((candidate) => candidate.accessKeyId === accessKeyId);
    return (
      keyRefusal(credential) ??
      timestampRefusal(timestamp, now) ??
      tokenRefusal(claims.securityToken, credential, now) ??
      signatureRefusal(claims, credential) ??
      this.#nonceRefusal(nonce, now) ??
      permissionRefusal(claims.action, credential)
    );
  }

  /** Only a request with a good signature uses up its nonce. */
  #nonceRefusal(nonce: string, now: number): Refusal | undefined {
    for (const [old, until] of this.#nonces) {
      if (until > now) break;
      this.#nonces.delete(old);
    }
    if (this.#nonces.has(nonce)) {
      return refuse(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
    }
    this.#nonces.set(nonce, now + 2 * timestampWindowMs);
    return undefined;
  }
}

function isUnsigned(action = ''): boolean {
  return stsOperations.get(action)?.signed === false;
}

function claimsOf(request: RpcRequest): Claims {
  const authorization = request.headers.get('authorization');
  return isV3(authorization) ? claimsV3(request, authorization) : claimsV1(request);
}

function claimsV1({ method, parameters }: RpcRequest): Claims {
  const signature = parameters['Signature'];
  const claims = {
    action: parameters['Action'],
    version: parameters['Version'],
    accessKeyId: parameters['AccessKeyId'],
    securityToken: parameters['SecurityToken'],
    timestamp: parameters['Timestamp'],
    nonce: parameters['SignatureNonce'],
    isSignedWith: (secret: string) => same(signature ?? '', signV1(method, parameters, secret)),
    stringToSign: () => stringToSign(method, parameters),
  };
  if (parameters['AccessKeyId'] === undefined) return claims;
  if (signature === undefined) return { ...claims, malformed: missingParameter('Signature') };
  if (parameters['SignatureMethod'] !== 'HMAC-SHA1' || parameters['SignatureVersion'] !== '1.0') {
    const text = 'Specified parameter SignatureMethod is not valid.';
    return { ...claims, malformed: refuse(400, 'InvalidSignatureMethod', text) };
  }
  return claims;
}

function claimsV3(request: RpcRequest, header: string): Claims {
  const { headers } = request;
  const authorization = parseAuthorization(header);
  const signedHeaders = authorization?.signedHeaders ?? [];
  const claims = {
    action: headers.get('x-acs-action'),
    version: headers.get('x-acs-version'),
    accessKeyId: authorization?.accessKeyId,
    securityToken: headers.get('x-acs-security-token'),
    timestamp: headers.get('x-acs-date'),
    nonce: headers.get('x-acs-signature-nonce'),
    isSignedWith: (secret: string) =>
      headers.get('x-acs-content-sha256') === bodyHash(request.body) &&
      same(authorization?.signature ?? '', signV3(request, signedHeaders, secret)),
    stringToSign: () => stringToSignV3(request, signedHeaders),
  };
  if (authorization !== undefined) return claims;
  const text = 'The Authorization header is malformed or leaves a required header unsigned.';
  return { ...claims, malformed: refuse(400, 'IncompleteSignature', text) };
}

function keyRefusal(credential: Credential | undefined): Refusal | undefined {
  if (credential === undefined) {
    return refuse(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
  }
  if (!credential.disabled) return undefined;
  return refuse(400, 'InvalidAccessKeyId.Inactive', 'Specified access key is disabled.');
}

function timestampRefusal(timestamp: string, now: number): Refusal | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(timestamp) || Number.isNaN(Date.parse(timestamp))) {
    return refuse(
      400,
      'InvalidTimeStamp.Format',
      'Specified time stamp or date value is not well formatted.',
    );
  }
  if (Math.abs(Date.parse(timestamp) - now) <= timestampWindowMs) return undefined;
  return refuse(400, 'InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
}

function tokenRefusal(
  given: string | undefined,
  credential: Credential | undefined,
  now: number,
): Refusal | undefined {
  const expected = credential?.securityToken;
  if (expected === undefined) {
    if (given === undefined) return undefined;
    return refuse(
      400,
      'InvalidSecurityToken.MismatchWithAccessKey',
      'Specified SecurityToken mismatch with the AccessKey.',
    );
  }
  if (given === undefined)
    return refuse(400, 'MissingSecurityToken', 'SecurityToken is mandatory for this action.');
  if (!same(given, expected)) {
    return refuse(400, 'InvalidSecurityToken.Malformed', 'Specified SecurityToken is malformed.');
  }
  if ((credential?.expiresAt ?? Number.POSITIVE_INFINITY) > now) return undefined;
  return refuse(400, 'InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.');
}

/** The message repeats what was signed, access key and token included, as the real one does. */
function signatureRefusal(claims: Claims, credential: Credential | undefined): Refusal | undefined {
  if (credential !== undefined && claims.isSignedWith(credential.accessKeySecret)) return undefined;
  const text = `Specified signature is not matched with our calculation. server string to sign is:${claims.stringToSign()}`;
  return refuse(400, 'SignatureDoesNotMatch', text);
}

function permissionRefusal(action: string, credential: Credential | undefined): Refusal | undefined {
  if (!credential?.deniedActions.includes(action)) return undefined;
  if (stsOperations.has(action)) return notAuthorized();
  return refuse(403, 'NoPermission', 'You are not authorized to perform this operation.');
}

function ownParameters(parameters: WireParameters): WireParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !protocolParameters.has(name)));
}

function same(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
