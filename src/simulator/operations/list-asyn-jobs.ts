import { z } from 'zod';
import { accept, operation, reject } from './operation.ts';
import { pageOf } from './paging.ts';
import { id, integer, listOf, paging } from './parameter-types.ts';
import { isRefusal } from './preconditions.ts';

const moment = integer(0, Number.MAX_SAFE_INTEGER);

/** Spelt as the API spells it. */
export const listAsynJobs = operation({
  action: 'ListAsynJobs',
  write: false,
  parameters: z.object({
    JobIds: listOf(id, 10).optional(),
    ResourceIds: listOf(id, 10).optional(),
    ResourceType: z.string().optional(),
    ApiName: z.string().optional(),
    BeginTime: moment.optional(),
    EndTime: moment.optional(),
    ...paging,
  }),
  run: (filter, { state }) => {
    const matching = [...state.jobs.values()].filter(
      (job) =>
        (filter.JobIds?.includes(job.Id) ?? true) &&
        (filter.ResourceIds?.includes(job.ResourceId) ?? true) &&
        (filter.ResourceType ?? job.ResourceType) === job.ResourceType &&
        (filter.ApiName ?? job.ApiName) === job.ApiName &&
        (filter.BeginTime ?? job.CreateTime) <= job.CreateTime &&
        (filter.EndTime ?? job.CreateTime) >= job.CreateTime,
    );
    const page = pageOf(matching, (job) => `${job.CreateTime}/${job.Id}`, filter, state.settings);
    if (isRefusal(page)) return reject(page);
    return accept({
      Jobs: page.items.map(({ plan: _, ...job }) => job),
      MaxResults: page.maxResults,
      TotalCount: matching.length,
      ...page.next,
    });
  },
});
