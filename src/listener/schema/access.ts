import { z } from 'zod';
import { optional, required } from './documented.ts';
import { objectName } from './references.ts';
import { matches, withRules } from './rule.ts';
import { text } from './values.ts';

const regionId = withRules(text({ max: 64 }), [
  matches(
    /^[a-z]{2,4}(-[a-z0-9]{1,20}){1,4}$/,
    'regionId is the id of a region: write it as in cn-hangzhou or ap-southeast-1',
  ),
]);

const credentialsSecretRef = z.strictObject({
  name: required(objectName('credentialsSecretRef.name'), {
    description: 'Name of a Secret in the same namespace.',
  }),
});

/** Where the listener is and as whom the operator works on it. No parameter of the cloud is among them. */
export const accessFields = z.strictObject({
  regionId: optional(regionId, {
    description:
      'Region of the load balancer, for example cn-hangzhou. Cannot be changed once the creation has begun. A listener stays in the region in which it was created, which is in status.regionId.',
    effectiveDefault: 'the region of the operator',
  }),
  credentialsSecretRef: optional(credentialsSecretRef, {
    description:
      'Secret with the credentials for all calls about this listener: accessKeyId, accessKeySecret and, for a temporary key, securityToken; or roleArn, a RAM role that is assumed with the key beside it or, without one, with the credentials of the operator. The operator needs the right to get this Secret. The account cannot change while there is a listener.',
    effectiveDefault: 'the credentials of the operator',
  }),
});

export type AccessFields = z.infer<typeof accessFields>;
