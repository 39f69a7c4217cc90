import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/runtime/object.ts';
import { keyOf } from '../../src/runtime/object.ts';
import type { StoreChange } from '../../src/runtime/store.ts';
import { Store } from '../../src/runtime/store.ts';
import { configMap } from '../support/kube-objects.ts';
import { recordingLogger } from '../support/recording-logger.ts';

function newStore() {
  const logger = recordingLogger();
  const store = new Store({ byColour: coloursOf }, logger);
  const changes: StoreChange[] = [];
  store.subscribe((change) => changes.push(change));
  const told = () =>
    changes.splice(0).map((change) => `${change.type} ${keyOf(change.object)} (${change.cause})`);
  return { store, logger, changes, told };
}

/** A label of several colours, so that an object can be in several places of an index. */
function coloursOf(object: KubeObject): readonly string[] {
  return object.metadata.labels?.['colour']?.split('-') ?? [];
}

describe('changes', () => {
  it('tells additions, updates with the previous state, and deletions', () => {
    const { store, changes } = newStore();
    const first = configMap({ name: 'a', resourceVersion: '1' });
    const second = configMap({ name: 'a', resourceVersion: '2' });
    store.apply(first);
    store.apply(second);
    store.remove(configMap({ name: 'a', resourceVersion: '3' }));
    expect(changes).toEqual([
      { type: 'added', object: first, cause: 'live' },
      { type: 'updated', object: second, previous: first, cause: 'live' },
      { type: 'deleted', object: configMap({ name: 'a', resourceVersion: '3' }), cause: 'live' },
    ]);
    expect(store.size).toBe(0);
  });

  it('is silent about an object that did not change', () => {
    const { store, told } = newStore();
    store.apply(configMap({ name: 'a' }));
    told();
    store.apply(configMap({ name: 'a' }));
    store.replace([configMap({ name: 'a' })]);
    expect(told()).toEqual([]);
  });

  it('is silent about the deletion of an object it never had', () => {
    const { store, told } = newStore();
    store.remove(configMap({ name: 'a' }));
    expect(told()).toEqual([]);
  });

  it('tells a recreated object as a deletion and an addition', () => {
    const { store, told } = newStore();
    store.replace([configMap({ name: 'a', uid: 'old', resourceVersion: '1' })]);
    told();
    store.replace([configMap({ name: 'a', uid: 'new', resourceVersion: '9' })]);
    expect(told()).toEqual(['deleted default/a (live)', 'added default/a (live)']);
    expect(store.get('default/a')?.metadata.uid).toBe('new');
  });

  it('tells what the first list brings as initial, and what a later list brings as live', () => {
    const { store, told } = newStore();
    store.replace([configMap({ name: 'a' }), configMap({ name: 'b' })]);
    expect(told()).toEqual(['added default/a (initialList)', 'added default/b (initialList)']);
    store.replace([configMap({ name: 'b', resourceVersion: '2' }), configMap({ name: 'c' })]);
    expect(told()).toEqual([
      'deleted default/a (live)',
      'updated default/b (live)',
      'added default/c (live)',
    ]);
  });

  it('takes the list of one namespace for that namespace alone', () => {
    const { store, told } = newStore();
    const elsewhere = configMap({ name: 'a', namespace: 'elsewhere' });
    store.replace([configMap({ name: 'a' }), configMap({ name: 'b' })], 'default');
    store.replace([elsewhere], 'elsewhere');
    expect(told()).toEqual([
      'added default/a (initialList)',
      'added default/b (initialList)',
      'added elsewhere/a (initialList)',
    ]);
    store.replace([configMap({ name: 'b' })], 'default');
    expect(told()).toEqual(['deleted default/a (live)']);
    expect(store.get('elsewhere/a')).toBe(elsewhere);
  });

  it('shows a change, also in the indexes, before it tells of it', () => {
    const { store } = newStore();
    const seen: unknown[] = [];
    store.subscribe(() => seen.push([store.get('default/a'), store.byIndex('byColour', 'red')]));
    const object = configMap({ name: 'a', labels: { colour: 'red' } });
    store.apply(object);
    store.remove(object);
    expect(seen).toEqual([
      [object, [object]],
      [undefined, []],
    ]);
  });

  it('logs a listener that throws, and tells the others', () => {
    const { store, logger } = newStore();
    const told: string[] = [];
    const end = store.subscribe(() => {
      throw new Error('a bug in the listener');
    });
    store.subscribe((change) => told.push(change.type));
    store.apply(configMap({ name: 'a' }));
    expect(told).toEqual(['added']);
    expect(logger.lines).toMatchObject([
      { level: 'error', fields: { error: { message: 'a bug in the listener' } } },
    ]);
    end();
    store.apply(configMap({ name: 'b' }));
    expect(logger.lines).toHaveLength(1);
  });
});

describe('indexes', () => {
  it('finds an object under each of its values, and no longer under old ones', () => {
    const { store } = newStore();
    store.apply(configMap({ name: 'a', labels: { colour: 'red-blue' } }));
    const moved = configMap({ name: 'a', resourceVersion: '2', labels: { colour: 'blue-green' } });
    store.apply(moved);
    expect(store.byIndex('byColour', 'red')).toEqual([]);
    expect(store.byIndex('byColour', 'blue')).toEqual([moved]);
    expect(store.byIndex('byColour', 'green')).toEqual([moved]);
  });

  const someObject = fc
    .record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      uid: fc.constantFrom('u1', 'u2'),
      resourceVersion: fc.nat({ max: 20 }).map(String),
      colours: fc.uniqueArray(fc.constantFrom('red', 'green', 'blue')),
    })
    .map(({ colours, ...fields }) => configMap({ ...fields, labels: { colour: colours.join('-') } }));
  const someStep = fc.oneof(
    someObject.map((object) => ({ do: 'apply' as const, object })),
    someObject.map((object) => ({ do: 'remove' as const, object })),
    fc.uniqueArray(someObject, { selector: keyOf }).map((objects) => ({ do: 'replace' as const, objects })),
  );

  it('agree with a plain search, and the changes told rebuild the store, after any steps', () => {
    fc.assert(
      fc.property(fc.array(someStep, { maxLength: 30 }), (steps) => {
        const { store, changes } = newStore();
        for (const step of steps) {
          if (step.do === 'apply') store.apply(step.object);
          if (step.do === 'remove') store.remove(step.object);
          if (step.do === 'replace') store.replace(step.objects);
        }

        for (const colour of ['red', 'green', 'blue']) {
          const found = store.list().filter((object) => coloursOf(object).includes(colour));
          expect(new Set(store.byIndex('byColour', colour))).toEqual(new Set(found));
        }

        const rebuilt = new Map<string, KubeObject>();
        for (const { type, object } of changes) {
          expect(rebuilt.has(keyOf(object))).toBe(type !== 'added');
          if (type === 'deleted') rebuilt.delete(keyOf(object));
          else rebuilt.set(keyOf(object), object);
        }
        expect(new Set(rebuilt.values())).toEqual(new Set(store.list()));
      }),
    );
  });
});
