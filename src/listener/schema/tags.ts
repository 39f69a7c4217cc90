import { z } from 'zod';
import { required } from './documented.ts';
import { type ValueRule, withRules } from './rule.ts';
import { mapList, text } from './values.ts';

/** Keys below it are the operator's own: they say which object a listener belongs to. */
export const OWNERSHIP_TAG_PREFIX = 'alb-listener-operator/';

/** How many tags a listener can have in the cloud. */
export const CLOUD_TAG_LIMIT = 20;
/** How many are kept for ownership tags. Not for the cluster tag: tags of the user replace it. */
const OWNERSHIP_TAGS = 4;
/** How many tags a manifest can have. */
export const MAX_TAGS = CLOUD_TAG_LIMIT - OWNERSHIP_TAGS;

const tag = z.strictObject({
  key: required(
    withRules(text({ min: 1, max: 128 }), [
      ...cloudBans('key'),
      {
        cel: `!self.startsWith('${OWNERSHIP_TAG_PREFIX}')`,
        holds: (self) => !self.startsWith(OWNERSHIP_TAG_PREFIX),
        message: `tag key must not start with ${OWNERSHIP_TAG_PREFIX}, which the operator keeps for its ownership tags: choose another prefix`,
      },
    ]),
    {
      description: `Key of the tag: 1 to 128 characters. Not starting with aliyun, acs: or ${OWNERSHIP_TAG_PREFIX}; without http:// and https://.`,
    },
  ),
  value: required(withRules(text({ max: 128 }), cloudBans('value')), {
    description:
      'Value of the tag: up to 128 characters, may be empty. Not starting with aliyun or acs:; without http:// and https://.',
  }),
});

export const tags = mapList(tag, 'key', { min: 0, max: MAX_TAGS });

function cloudBans(part: 'key' | 'value'): ValueRule<string>[] {
  return [
    {
      cel: `!self.startsWith('aliyun') && !self.startsWith('acs:')`,
      holds: (self) => !self.startsWith('aliyun') && !self.startsWith('acs:'),
      message: `tag ${part} must not start with aliyun or acs:, which the cloud keeps for itself: choose another beginning`,
    },
    {
      cel: `!self.contains('http://') && !self.contains('https://')`,
      holds: (self) => !self.includes('http://') && !self.includes('https://'),
      message: `tag ${part} must not contain http:// or https://: write the address without its scheme`,
    },
  ];
}
