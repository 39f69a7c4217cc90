import { closeMatches, REGIONS_WITH_ALB } from './regions.ts';

/** `vpc` stays inside Alibaba Cloud's network and is reachable from a VPC of the same region only. */
export type Network = 'public' | 'vpc';

export type EndpointResult =
  | { readonly ok: true; readonly endpoint: string }
  | { readonly ok: false; readonly problem: string };

/** Regions served by the endpoint of another one. Source: the endpoint list of the API metadata. */
const SERVED_BY: ReadonlyMap<string, string> = new Map([['cn-hangzhou-finance', 'cn-hangzhou']]);

/** `cn-hangzhou`, `ap-southeast-1`, `cn-shanghai-finance-1`: what can stand in a host name as a region. */
const REGION = /^[a-z]{2,4}(-[a-z0-9]{1,20}){1,4}$/;

/** The ALB endpoint of a region: the region is chosen by host name, there is no region parameter. */
export function endpointOf(region: string, network: Network): EndpointResult {
  if (!REGION.test(region)) {
    return {
      ok: false,
      problem: `"${region}" is not a region id: write one like cn-hangzhou or ap-southeast-1.`,
    };
  }
  const servedBy = SERVED_BY.get(region);
  if (network === 'public') {
    return { ok: true, endpoint: `https://alb.${servedBy ?? region}.aliyuncs.com` };
  }
  if (servedBy !== undefined) {
    return {
      ok: false,
      problem: `No VPC endpoint is known for ${region}: use its public one, or give the endpoint as a URL.`,
    };
  }
  return { ok: true, endpoint: `https://alb-vpc.${region}.aliyuncs.com` };
}

/** An endpoint given as a URL, for a simulator or a proxy: scheme, host and port, nothing else. */
export function endpointFromUrl(text: string): EndpointResult {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    // The text is not repeated: a URL may carry a password.
    return {
      ok: false,
      problem: 'The ALB endpoint is not an http or https URL: write one like http://127.0.0.1:8080.',
    };
  }
  if (
    url.username !== '' ||
    url.password !== '' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    return {
      ok: false,
      problem: `The ALB endpoint at ${url.host} has more than scheme, host and port: leave the rest out.`,
    };
  }
  return { ok: true, endpoint: url.origin };
}

export type RegionEndpoint =
  | {
      readonly ok: true;
      readonly endpoint: string;
      /** False for a region that only the status of an object with a listener names. */
      readonly listed: boolean;
    }
  | { readonly ok: false; readonly problem: string };

/** Where calls for a region go. */
export interface Regions {
  /** The region of resources that name none. */
  readonly home: string;
  /** Why `home` may be a typing error. It is used all the same: a region may be newer than this program. */
  readonly doubt: string | undefined;
  /**
   * The endpoint of a known region. An unknown one has none: its id would become a host name that signed requests are
   * sent to, and authors of manifests choose it.
   *
   * @param recorded the region is in the status of an object that has a listener there
   */
  endpointOf(region: string, recorded?: boolean): RegionEndpoint;
}

/** `cn-`, `ap-` and so on. Not `oss-`: `alb.oss-cn-hangzhou.aliyuncs.com` is a bucket. */
const GEOGRAPHIES: ReadonlySet<string> = new Set(REGIONS_WITH_ALB.map(geographyOf));

/**
 * @param given endpoints that take the place of the usual ones, by region
 * @param further regions that are known besides these, `home` and those in the table
 */
export function regionsOf({
  home,
  network,
  given,
  further = [],
}: {
  readonly home: string;
  readonly network: Network;
  readonly given: ReadonlyMap<string, string>;
  readonly further?: readonly string[];
}): Regions {
  const known: ReadonlySet<string> = new Set([home, ...given.keys(), ...further, ...REGIONS_WITH_ALB]);
  const isBelieved = given.has(home) || REGIONS_WITH_ALB.includes(home);
  return {
    home,
    doubt: isBelieved ? undefined : unknownRegion(home, new Set(REGIONS_WITH_ALB)),
    endpointOf: (region, recorded = false) => {
      const listed = known.has(region);
      const isRecorded = recorded && GEOGRAPHIES.has(geographyOf(region));
      if (!listed && !isRecorded) return { ok: false, problem: unknownRegion(region, known) };
      const endpoint = given.get(region);
      if (endpoint !== undefined) return { ok: true, endpoint, listed };
      // The VPC endpoint of a region is not to be reached from another one.
      const usual = endpointOf(region, region === home ? network : 'public');
      return usual.ok ? { ...usual, listed } : usual;
    },
  };
}

function unknownRegion(region: string, known: ReadonlySet<string>): string {
  const matches = closeMatches(region, known);
  if (matches.length === 0) return `"${region}" is not a known region.`;
  const names = new Intl.ListFormat('en', { type: 'disjunction' }).format(matches);
  return `"${region}" is not a known region. Did you mean ${names}?`;
}

function geographyOf(region: string): string {
  return region.slice(0, region.indexOf('-') + 1);
}

/** Whether the text is written like the id of a region. */
export function isRegionId(text: string): boolean {
  return REGION.test(text);
}

export type GivenEndpoints =
  | { readonly ok: true; readonly endpoints: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly problem: string };

/** One URL, for the home region, or several as `REGION=URL` with commas between them. */
export function endpointsFromText(text: string, home: string): GivenEndpoints {
  const endpoints = new Map<string, string>();
  for (const item of text.split(',').map((part) => part.trim())) {
    const [, region = home, url = item] = /^([a-z0-9-]+)=(.*)$/.exec(item) ?? [];
    const result = endpointFromUrl(url);
    if (!result.ok) return result;
    if (endpoints.has(region))
      return {
        ok: false,
        problem: `There are two endpoints for ${region}: write REGION=URL for each region.`,
      };
    endpoints.set(region, result.endpoint);
  }
  return { ok: true, endpoints };
}
