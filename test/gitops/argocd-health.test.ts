import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Facts } from '../../src/listener/facts.ts';
import { REASONS, type Reason } from '../../src/listener/reason.ts';
import { type AlbListenerStatus, PHASES } from '../../src/listener/schema/status.ts';
import { summarise } from '../../src/listener/summary.ts';
import { findLua } from '../../tools/lua/lua.ts';
import { sampleObject } from '../listener/sample.ts';
import { kstatusOf } from '../support/kstatus.ts';
import { fixtureNames, healthOf, readFixture, readYaml } from './customization.ts';
import { stateOf } from './state.ts';
import { agreesWithKstatus, HEALTH_OF } from './verdicts.ts';

const healthTestSchema = z.strictObject({
  tests: z.array(
    z.strictObject({
      inputPath: z.string(),
      healthStatus: z.strictObject({ status: z.string(), message: z.string() }),
    }),
  ),
});

const { tests } = healthTestSchema.parse(readYaml('health_test.yaml'));
const fixtures = fixtureNames();

let lua: string;
beforeAll(async () => {
  lua = await findLua();
});

describe('the health script, run by the Lua of Argo CD,', () => {
  const table: object[] = [];
  afterAll(() => console.table(table));

  it('has one test for every fixture', () => {
    expect(tests.map(({ inputPath }) => inputPath)).toEqual(fixtures.map((name) => `testdata/${name}.yaml`));
  });

  it('has a fixture for every phase, and fixtures that are what their names say', () => {
    const objects = fixtures.map(readFixture);
    expect(objects.map(stateOf)).toEqual(fixtures);
    const phases = new Set(fixtures.map((name) => name.split('-')[0]));
    expect(phases).toEqual(new Set(['new', ...PHASES.map((phase) => phase.toLowerCase())]));
  });

  it('says of every fixture what is written down, and what kstatus says of it', async () => {
    const objects = fixtures.map(readFixture);
    const healths = await healthOf(lua, objects);
    expect(healths).toEqual(tests.map(({ healthStatus }) => healthStatus));
    for (const [index, fixture] of fixtures.entries()) {
      const kstatus = kstatusOf(objects[index]);
      const health = healths[index]?.status;
      table.push({ fixture, 'Argo CD': health, kstatus });
      expect({ fixture, health, agrees: health !== undefined && agreesWithKstatus(health, kstatus) }).toEqual(
        { fixture, health, agrees: true },
      );
    }
  });

  it('says of every status that the operator can write what the reason stands for', async () => {
    const cases = everyStatus();
    const healths = await healthOf(
      lua,
      cases.map(({ object }) => object),
    );
    const found = cases.map(({ object, ...rest }, index) => ({ ...rest, health: healths[index]?.status }));
    expect(found).toEqual(cases.map(({ object, ...rest }) => ({ ...rest, health: rest.expected })));
    for (const [index, { object }] of cases.entries()) {
      const health = healths[index];
      expect(health !== undefined && agreesWithKstatus(health.status, kstatusOf(object))).toBe(true);
    }
    console.log(
      `${cases.length} statuses, ${new Set(cases.map(({ object }) => stateOf(object))).size} states.`,
    );
  });

  it.each([
    ['no status at all', undefined],
    ['a status without conditions', { observedGeneration: 1 }],
    ['conditions without Ready', { observedGeneration: 1, conditions: [] }],
  ])('waits while there is %s', async (_, status) => {
    const object = { metadata: { generation: 1 }, spec: {}, status };
    expect(await healthOf(lua, [object])).toEqual([
      { status: 'Progressing', message: 'The operator has not seen this manifest yet.' },
    ]);
  });
});

/** Every reason, with and without a listener, drift, a deletion, an edit since, after every phase. */
function everyStatus() {
  const reasons = Object.keys(REASONS).filter((name): name is Reason => name in REASONS);
  const facts: readonly Facts[] = [
    {},
    { listenerId: 'lsn-1' },
    { listenerId: 'lsn-1', drift: [{ path: 'idleTimeout', declared: '15', actual: '77' }] },
  ];
  const before: readonly Partial<AlbListenerStatus>[] = PHASES.map((phase) => ({
    observedGeneration: 1,
    phase,
  }));
  return reasons.flatMap((reason) =>
    facts.flatMap((known) =>
      before.flatMap((earlier) =>
        [false, true].flatMap((beingDeleted) => {
          const judged = sampleObject({ beingDeleted, status: earlier });
          const status = summarise(judged, known, { reason, message: `Because of ${reason}.` }, 0);
          return [1, 2].map((generation) => ({
            reason,
            phase: status.phase,
            beingDeleted,
            generation,
            expected: beingDeleted || generation > 1 ? 'Progressing' : HEALTH_OF[REASONS[reason].stance],
            object: sampleObject({ beingDeleted, generation, status }).stored,
          }));
        }),
      ),
    ),
  );
}
