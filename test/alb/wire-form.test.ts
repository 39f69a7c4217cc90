import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toWireForm } from '../../src/alb/wire-form.ts';

describe('parameters in wire form', () => {
  const said = [
    {
      reason: 'objects inside lists inside objects are what pop-core cannot flatten',
      parameters: {
        defaultActions: [
          {
            type: 'ForwardGroup',
            forwardGroupConfig: {
              serverGroupTuples: [{ serverGroupId: 'sgp-1' }, { serverGroupId: 'sgp-2' }],
            },
          },
        ],
      },
      wire: {
        'DefaultActions.1.Type': 'ForwardGroup',
        'DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId': 'sgp-1',
        'DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.2.ServerGroupId': 'sgp-2',
      },
    },
    {
      reason: 'numbers and booleans are text, false and 0 included',
      parameters: { listenerPort: 443, gzipEnabled: false, idleTimeout: 0, http2Enabled: true },
      wire: { ListenerPort: '443', GzipEnabled: 'false', IdleTimeout: '0', Http2Enabled: 'true' },
    },
    {
      reason: 'only the first letter changes, inner capitals stay',
      parameters: { xForwardedForConfig: { xForwardedForSLBIdEnabled: true } },
      wire: { 'XForwardedForConfig.XForwardedForSLBIdEnabled': 'true' },
    },
    {
      reason: 'tags are called Tag in requests',
      parameters: { tags: [{ key: 'env', value: '' }] },
      wire: { 'Tag.1.Key': 'env', 'Tag.1.Value': '' },
    },
    {
      reason: 'lists of text',
      parameters: { listenerIds: ['a', 'b'] },
      wire: { 'ListenerIds.1': 'a', 'ListenerIds.2': 'b' },
    },
    {
      reason: 'undefined and objects that say nothing are left out',
      parameters: {
        quicConfig: { quicListenerId: undefined },
        xForwardedForConfig: {},
        caEnabled: undefined,
      },
      wire: {},
    },
  ];
  it.each(said)('$reason', ({ parameters, wire }) => {
    expect(toWireForm(parameters)).toEqual({ ok: true, parameters: wire });
  });

  const unsayable = [
    {
      reason: 'an empty list would vanish',
      parameters: { caCertificates: [] },
      names: 'CaCertificates is an empty list',
    },
    {
      reason: 'an empty list deep inside would vanish too',
      parameters: { defaultActions: [{ forwardGroupConfig: { serverGroupTuples: [] } }] },
      names: 'DefaultActions.1.ForwardGroupConfig.ServerGroupTuples is an empty list',
    },
    {
      reason: 'a hole would shift or end the list',
      parameters: { listenerIds: ['a', undefined] },
      names: 'ListenerIds.2',
    },
    {
      reason: 'an empty object in a list is a hole',
      parameters: { certificates: [{}] },
      names: 'Certificates.1',
    },
    {
      reason: 'null would be sent as that word',
      parameters: { securityPolicyId: null },
      names: 'SecurityPolicyId',
    },
    {
      reason: 'NaN would be sent as that word',
      parameters: { idleTimeout: Number.NaN },
      names: 'IdleTimeout',
    },
    {
      reason: 'half a character cannot be percent-encoded',
      parameters: { listenerDescription: '\ud83d' },
      names: 'ListenerDescription',
    },
  ];
  it.each(unsayable)('refuses by name: $reason', ({ parameters, names }) => {
    const wire = toWireForm(parameters);
    expect(wire.ok ? 'accepted' : wire.problem).toContain(names);
  });

  it('loses nothing: an independent reader gives any parameters back', () => {
    const name = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/).filter((text) => text !== 'tags');
    const { value } = fc.letrec((tie) => ({
      scalar: fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer().map(String)),
      list: fc.array(tie('value'), { minLength: 1, maxLength: 12 }),
      object: fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 4 }),
      value: fc.oneof({ maxDepth: 4 }, tie('scalar'), tie('list'), tie('object')),
    }));
    fc.assert(
      fc.property(fc.dictionary(name, value), (parameters) => {
        const wire = toWireForm(parameters);
        expect(wire.ok && unflatten(Object.entries(wire.parameters))).toEqual({ ...parameters });
      }),
      { numRuns: 200 },
    );
  });
});

/** Reads dotted keys back: names in the order of their keys, numbers as list positions. */
function unflatten(entries: readonly (readonly [string, string])[]): unknown {
  const [first] = entries;
  if (first?.[0] === '') return first[1];
  const groups = new Map<string, [string, string][]>();
  for (const [key, value] of entries) {
    const [head = '', ...rest] = key.split('.');
    groups.set(head, [...(groups.get(head) ?? []), [rest.join('.'), value]]);
  }
  if (groups.has('1')) {
    return Array.from({ length: groups.size }, (_, index) => unflatten(groups.get(String(index + 1)) ?? []));
  }
  return Object.fromEntries(
    [...groups].map(([head, inner]) => [head.charAt(0).toLowerCase() + head.slice(1), unflatten(inner)]),
  );
}
