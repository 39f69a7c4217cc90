import { z } from 'zod';
import { optional, required } from './documented.ts';
import { matches, withRules } from './rule.ts';
import { setList, text } from './values.ts';

const aclId = withRules(text({ max: 64 }), [
  matches(
    /^acl-[a-z0-9]+$/,
    'aclIds holds ids of access control lists: write acl- and its lowercase letters and digits, for example acl-hp34s2h0xx1ht4nwo1a2b',
  ),
]);

/** Who may reach the listener, by access control lists of the cloud. */
export const aclConfig = z.strictObject({
  aclType: required(z.enum(['White', 'Black']), {
    description:
      'What the lists are for. White: only their addresses get through. Black: only their addresses do not. The cloud cannot change it in one step: on the way from one to the other, everyone gets through for some seconds.',
  }),
  aclIds: required(setList(aclId, { max: 20 }), {
    description:
      'Ids of access control lists in the region of the load balancer, each once. At most 20; the usual quota is 3 for one listener. Where all White lists give way to others, the first new one is attached before the last old one goes; no two attached lists may have an entry in common. A listener is created only once all of them exist and are Available.',
  }),
  whenNotAttached: optional(z.enum(['Stop', 'Serve']), {
    description:
      'What becomes of a new listener whose lists the cloud refuses, so that it is open to addresses that aclType keeps out. Stop: it is stopped until they are attached; if the cloud takes no lists from a stopped listener, it is started for the attempt, at most 3 times. Serve: it serves without them. Its status says which of the two it is. A listener that has been Ready, and one that was adopted, is never stopped for this.',
    effectiveDefault: 'Stop',
  }),
});
