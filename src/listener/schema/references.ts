import { z } from 'zod';
import { required } from './documented.ts';
import { matches, type ValueRule, withRules } from './rule.ts';
import { text } from './values.ts';

/** Names of objects are DNS subdomains (Kubernetes, "Object Names and IDs"). */
export function objectName(field: string) {
  return withRules(text({ max: 253 }), [
    matches(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
      `${field} is the name of an object in the same namespace: write lowercase letters, digits, hyphens and periods`,
    ),
  ]);
}

const configMapKeyRef = z.strictObject({
  name: required(objectName('configMapKeyRef.name'), {
    description: 'Name of a ConfigMap in the same namespace.',
  }),
  key: required(
    withRules(text({ min: 1, max: 253 }), [
      matches(
        /^[-._a-zA-Z0-9]+$/,
        'configMapKeyRef.key is a key of a ConfigMap: write letters, digits, hyphens, underscores and periods',
      ),
    ]),
    { description: 'Key in data of the ConfigMap; its value is the id and nothing else.' },
  ),
});

/** An id that another tool has made and put into a ConfigMap. */
export const configMapSource = z.strictObject({
  configMapKeyRef: required(configMapKeyRef, { description: 'Key of a ConfigMap that holds the id.' }),
});

/** Another AlbListener of the same namespace. */
export const listenerReference = z.strictObject({
  name: required(objectName('quicListenerRef.name'), {
    description: 'Name of an AlbListener in the same namespace.',
  }),
});

export type ConfigMapSource = z.infer<typeof configMapSource>;

/** Exactly one of an id and the place it is read from. */
export function valueOrSource<Value extends string, Source extends string>(
  value: Value,
  source: Source,
): ValueRule<{ readonly [Name in Value | Source]?: unknown }>[] {
  return [
    {
      field: [value],
      reason: 'FieldValueRequired',
      cel: `has(self.${value}) || has(self.${source})`,
      holds: (self) => self[value] !== undefined || self[source] !== undefined,
      message: `${value} is required: write the id, or ${source} with the key of a ConfigMap that holds it`,
    },
    notBoth(value, source),
  ];
}

/** Two ways to say the same thing, of which one is enough. */
export function notBoth<Value extends string, Reference extends string>(
  value: Value,
  reference: Reference,
): ValueRule<{ readonly [Name in Value | Reference]?: unknown }> {
  return {
    field: [reference],
    reason: 'FieldValueForbidden',
    cel: `!has(self.${value}) || !has(self.${reference})`,
    holds: (self) => self[value] === undefined || self[reference] === undefined,
    message: `${value} and ${reference} say the same thing in two ways: remove one of the two`,
  };
}
