import { regionsOf } from '../../src/alb/endpoints.ts';

/** The operator's own region. */
export const HOME_REGION = 'cn-hangzhou';
/** A region that some manifests name. It can fall silent. */
export const FAR_REGION = 'cn-shanghai';
export const REAL_REGIONS = [HOME_REGION, FAR_REGION] as const;
export type RegionId = (typeof REAL_REGIONS)[number];

/** Regions that do not exist: one misspelt, one that makes the name of a host of another service, one that is nothing. */
export const MADE_UP_REGIONS = ['cn-hangzhuo', 'oss-cn-hangzhou', 'zz-nowhere-1'] as const;

/** As production is configured without any endpoint of its own. */
export const REGIONS = regionsOf({ home: HOME_REGION, network: 'public', given: new Map() });

/** The region that an endpoint serves; `undefined` for the endpoint of a region that is made up. */
export function regionAt(endpoint: string): RegionId | undefined {
  return REAL_REGIONS.find((region) => endpoint === `https://alb.${region}.aliyuncs.com`);
}
