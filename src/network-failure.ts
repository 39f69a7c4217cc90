/** Why a host gave no answer, in words. Neither depends on the attempt: both may stand in a status. */
export interface NetworkFailure {
  /** Follows the name of the host: "nothing listens there (ECONNREFUSED)". */
  readonly cause: string;
  readonly remedy: string;
}

/** The places where a person mends it. */
export interface Remedies {
  /** What names the host, for example a setting. */
  readonly address: string;
  /** What names the CA that signs for it. */
  readonly trust: string;
}

interface Row {
  readonly codes: readonly (string | RegExp)[];
  readonly cause: string;
  readonly remedy: (places: Remedies) => string;
}

const TABLE: readonly Row[] = [
  {
    codes: ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'],
    cause: 'its name cannot be resolved',
    remedy: ({ address }) => `Check ${address}, and DNS.`,
  },
  {
    codes: ['ECONNREFUSED'],
    cause: 'nothing listens there',
    remedy: ({ address }) => `Check ${address}, and whether the server runs.`,
  },
  {
    codes: [/^E(HOST|NET)(UNREACH|DOWN)$/, 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'EADDRNOTAVAIL'],
    cause: 'no connection comes about',
    remedy: ({ address }) => `Check ${address}, and the routes, firewalls and NetworkPolicies on the way.`,
  },
  {
    codes: [
      /SELF_SIGNED_CERT/,
      /^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)$/,
      'CERT_SIGNATURE_FAILURE',
      'CERT_UNTRUSTED',
      'INVALID_CA',
    ],
    cause: 'its certificate is not signed by a CA that is trusted',
    remedy: ({ address, trust }) => `Check ${trust}, and ${address}.`,
  },
  {
    codes: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    cause: 'its certificate is not valid at this time',
    remedy: () => 'Renew the certificate of the server, or set the clock of this machine right.',
  },
  {
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    cause: 'its certificate is for another name',
    remedy: ({ address }) => `Check ${address}; a proxy may answer in its place.`,
  },
  {
    codes: ['EPROTO', /^ERR_SSL_/],
    cause: 'it does not speak TLS as it should',
    remedy: ({ address }) => `Check scheme, host and port in ${address}; a proxy may answer in its place.`,
  },
  {
    codes: ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ConnectionReset'],
    cause: 'the connection broke before the answer was complete',
    remedy: () => 'If it lasts, check what stands between: proxies, load balancers, NAT.',
  },
  {
    codes: ['Timeout'],
    cause: 'no complete answer came in time',
    remedy: ({ address }) =>
      `If it lasts, check ${address}, and the routes, firewalls and NetworkPolicies on the way.`,
  },
  {
    codes: ['UnreadableAnswer'],
    cause: 'what answers there sends something else than JSON, a web page perhaps',
    remedy: ({ address }) => `Check ${address}; a proxy or a gateway may answer in its place.`,
  },
];

/**
 * The one table from the code of a failure to its cause and remedy.
 *
 * @param code of Node, of OpenSSL or of the HTTP client, or one of ours: `Timeout`, `UnreadableAnswer`
 */
export function explainNetworkFailure(code: string, places: Remedies): NetworkFailure {
  const row = TABLE.find(({ codes }) =>
    codes.some((entry) => (entry instanceof RegExp ? entry.test(code) : entry === code)),
  );
  if (row === undefined) {
    return { cause: `the connection failed (${code})`, remedy: `Check ${places.address}.` };
  }
  // Words of ours say nothing more than the sentence does.
  const isFromSystem = /^[A-Z][A-Z0-9_]+$/.test(code);
  return { cause: isFromSystem ? `${row.cause} (${code})` : row.cause, remedy: row.remedy(places) };
}
