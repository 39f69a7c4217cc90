import { describe, expect, it } from 'vitest';
import { httpSpec, OperatorWorld } from '../support/operator-world.ts';

/** Every test file ends with this search. Here it looks for what certainly came out. */
describe('the search for secrets with which every end-to-end test ends', () => {
  it('finds one in the output, in the objects and events, and in the metrics', async () => {
    const world = await OperatorWorld.start();
    await world.apply('planted-name', httpSpec());
    await world.untilReady('planted-name');
    for (const planted of ['planted-name', 'runs as declared', 'alb_listener_operator_writes_total'])
      world.keepSecret(planted);
    const failure = await world.close().then(
      () => 'nothing found',
      (thrown: unknown) => String(thrown instanceof Error ? JSON.stringify(thrown) + thrown.message : thrown),
    );
    for (const leak of [
      'output: planted-…',
      'output: runs as …',
      'objects: planted-…',
      'events: planted-…',
      'metrics: alb_list…',
    ])
      expect(failure).toContain(leak);
  });
});
