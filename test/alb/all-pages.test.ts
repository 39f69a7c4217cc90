import { describe, expect, it } from 'vitest';
import { albApiOver } from '../../src/alb/alb-client.ts';
import type { AlbApi } from '../../src/alb/api.ts';
import type { Outcome } from '../../src/alb/error.ts';

/** A cloud whose lists have one page for each token, by the number of the page; `undefined` ends a list. */
class PagedCloud {
  pages = 0;
  readonly #tokenAfter: (page: number) => string | undefined;

  constructor(tokenAfter: (page: number) => string | undefined) {
    this.#tokenAfter = tokenAfter;
  }

  readonly api: AlbApi = albApiOver({
    redact: (text) => text,
    rpc: async () => {
      this.pages += 1;
      const NextToken = this.#tokenAfter(this.pages);
      // Enough for each of the lists, whichever is asked for.
      const value = { RequestId: 'R', Listeners: [], Certificates: [], Jobs: [], NextToken };
      return { outcome: 'yes', value, requestId: 'R' };
    },
  });
}

const LISTS: readonly { operation: string; read: (api: AlbApi) => Promise<Outcome<readonly unknown[]>> }[] = [
  { operation: 'ListListeners', read: (api) => api.listListeners({ loadBalancerIds: ['alb-1'] }) },
  { operation: 'ListListenerCertificates', read: (api) => api.listListenerCertificates('lsn-1') },
  { operation: 'ListAsynJobs', read: (api) => api.listAsynJobs({ jobIds: ['job-1'] }) },
];

describe.each(LISTS)('the pages of $operation', ({ operation, read }) => {
  it.each([
    { reason: 'every page names another one', tokenAfter: (page: number) => `t${page}`, pages: 100 },
    { reason: 'a page names itself', tokenAfter: () => 'same', pages: 2 },
    { reason: 'they go round in a circle', tokenAfter: (page: number) => `t${page % 3}`, pages: 4 },
  ])('that never end are an unknown outcome after few calls: $reason', async ({ tokenAfter, pages }) => {
    const cloud = new PagedCloud(tokenAfter);
    expect(await read(cloud.api)).toMatchObject({
      outcome: 'unknown',
      error: { class: 'unavailable', operation, code: 'UnexpectedAnswer', requestId: 'R' },
    });
    expect(cloud.pages).toBe(pages);
  });

  it.each([
    { reason: 'one page', last: 1 },
    { reason: 'as many as 20 full load balancers have', last: 20 },
    { reason: 'the most that are followed', last: 100 },
  ])('that end are a list: $reason', async ({ last }) => {
    const cloud = new PagedCloud((page) => (page < last ? `t${page}` : undefined));
    expect(await read(cloud.api)).toMatchObject({ outcome: 'yes' });
    expect(cloud.pages).toBe(last);
  });
});
