import { type EndpointResult, endpointFromUrl, type Network } from '../endpoints.ts';
import type { CallTarget } from '../unanswered.ts';

/** The STS endpoint of a region whose ALB endpoint is good. */
export function stsEndpointOf(region: string, network: Network): string {
  return network === 'vpc' ? `https://sts-vpc.${region}.aliyuncs.com` : `https://sts.${region}.aliyuncs.com`;
}

/** With the region, where the host has it in its name. */
export function stsTarget(endpoint: string): CallTarget {
  const regionId = /^https:\/\/sts(?:-vpc)?\.([\w-]+)\.aliyuncs\.com$/.exec(endpoint)?.[1];
  return { service: 'STS', endpoint, regionId };
}

/** An STS endpoint given as a URL. The token goes there as it is, so without TLS only to this machine. */
export function stsEndpointFromUrl(text: string): EndpointResult {
  const result = endpointFromUrl(text);
  if (!result.ok) {
    return {
      ok: false,
      problem: 'This is not a bare URL: write scheme, host and port, like https://sts.example.com.',
    };
  }
  const { protocol, hostname } = new URL(result.endpoint);
  if (protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) return result;
  return { ok: false, problem: 'The token would go over the network in the clear: use https.' };
}
