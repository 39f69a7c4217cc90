import { z } from 'zod';
import type { Manifest } from './manifests.ts';

const ruleSchema = z.looseObject({
  apiGroups: z.array(z.string()).default([]),
  resources: z.array(z.string()).default([]),
  resourceNames: z.array(z.string()).optional(),
  verbs: z.array(z.string()),
});
const roleSchema = z.looseObject({ rules: z.array(ruleSchema) });

/** One verb on one resource in one role. */
export interface Right {
  readonly role: Manifest;
  readonly verb: string;
  readonly resource: string;
  readonly apiGroup: string;
  readonly resourceName: string | undefined;
}

/** Each right that the roles give, one by one. */
export function rightsIn(roles: readonly Manifest[]): readonly Right[] {
  return roles.flatMap((role) =>
    roleSchema.parse(role).rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
      verbs.flatMap((verb) =>
        resources.flatMap((resource) =>
          apiGroups.map((apiGroup) => ({
            role,
            verb,
            resource,
            apiGroup,
            resourceName: resourceNames?.[0],
          })),
        ),
      ),
    ),
  );
}

/** The role of the right, without it. */
export function without({ role, verb, resource }: Right): Manifest {
  const rules = roleSchema
    .parse(role)
    .rules.map((rule) =>
      rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
    );
  return { ...role, rules: rules.filter(({ verbs }) => verbs.length > 0) };
}
