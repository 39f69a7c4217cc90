import { z } from 'zod';
import { HOME_ACCOUNT } from './home-account.ts';
import { mergePatch } from './merge-patch.ts';
import type { DeepReadonly } from './readonly.ts';

/**
 * What listeners refer to. Cloud resources carry the API's own attribute names; an attribute that exists only
 * to reach an error (`AccessDenied`, `Corrupted`) says so.
 */
const tag = z.strictObject({ Key: z.string(), Value: z.string() });

const account = z.string().min(1);
/** The account it belongs to; for callers of other accounts it does not exist. */
const AccountId = account.default(HOME_ACCOUNT);

const loadBalancer = z.strictObject({
  LoadBalancerId: z.string(),
  /** Its listeners belong to the same account. */
  AccountId,
  LoadBalancerName: z.string().default(''),
  VpcId: z.string(),
  LoadBalancerEdition: z.enum(['Basic', 'Standard', 'StandardWithWaf']).default('Standard'),
  LoadBalancerStatus: z
    .enum(['Inactive', 'Active', 'Provisioning', 'Configuring', 'CreateFailed', 'Deleting'])
    .default('Active'),
  /** Spelt as the API spells it. */
  LoadBalancerBussinessStatus: z.enum(['Normal', 'Abnormal']).default('Normal'),
  LoadBalancerOperationLocks: z
    .array(
      z.strictObject({
        LockType: z.enum(['SecurityLocked', 'RelatedResourceLocked', 'FinancialLocked', 'ResidualLocked']),
        LockReason: z.string().default(''),
      }),
    )
    .default([]),
  /** Log project and store, as AccessLogConfig of GetLoadBalancerAttribute; without it access logs are off. */
  AccessLogConfig: z.strictObject({ LogProject: z.string(), LogStore: z.string() }).nullable().default(null),
  SecurityGroupIds: z.array(z.string()).default([]),
  Tags: z.array(tag).default([]),
  /** Only to reach Forbidden.LoadBalancer: every access answers it. What belongs to another account is not found. */
  AccessDenied: z.boolean().default(false),
  /** Run by another cloud service: every write answers OperationDenied.ServiceManagedResource. */
  ServiceManaged: z.boolean().default(false),
});

const serverGroup = z.strictObject({
  ServerGroupId: z.string(),
  AccountId,
  VpcId: z.string(),
  Protocol: z.enum(['HTTP', 'HTTPS', 'gRPC']).default('HTTP'),
  /** Addresses of the backend servers; they count against the quotas of servers. */
  Servers: z.array(z.string()).default([]),
  ConnectionDrainEnabled: z.boolean().default(false),
  SlowStartEnabled: z.boolean().default(false),
});

const certificate = z.strictObject({
  CertificateId: z.string(),
  AccountId,
  CertificateType: z.enum(['Server', 'Ca']).default('Server'),
  /** A CA certificate that answers OperationDenied.CACertificateCorrupted. */
  Corrupted: z.boolean().default(false),
});

const securityPolicy = z.strictObject({
  SecurityPolicyId: z.string(),
  AccountId,
  AccessDenied: z.boolean().default(false),
});

const acl = z.strictObject({
  AclId: z.string(),
  AccountId,
  AclName: z.string().default(''),
  AclStatus: z.enum(['Available', 'Configuring', 'Creating']).default('Available'),
  AclEntries: z.array(z.string()).default([]),
});

const credential = z.strictObject({
  accessKeyId: z.string().min(1),
  accessKeySecret: z.string().min(1),
  /** The account in which the key works. */
  accountId: account.default(HOME_ACCOUNT),
  /** With it these are STS credentials, and every request must carry exactly this token. */
  securityToken: z.string().min(1).optional(),
  /** As whom STS issued them; GetCallerIdentity tells it. */
  assumedRole: z.strictObject({ RoleArn: z.string(), RoleSessionName: z.string() }).optional(),
  /** Milliseconds since 1970; later requests answer InvalidSecurityToken.Expired. */
  expiresAt: z.number().optional(),
  disabled: z.boolean().default(false),
  /** Operations the RAM policy does not allow. */
  deniedActions: z.array(z.string()).default([]),
});

/** What STS issues keys for: to keys of accounts that it trusts, and to who brings the token. */
const role = z.strictObject({
  RoleArn: z.string(),
  /** The account in which issued keys work. */
  accountId: account.default(HOME_ACCOUNT),
  /** Accounts whose keys may assume it. */
  trustedAccountIds: z.array(account).default([]),
  /** With it a call of AssumeRole must carry exactly this. */
  ExternalId: z.string().min(1).optional(),
  /** Without provider and token nobody assumes it by OIDC. */
  OIDCProviderArn: z.string().optional(),
  OIDCToken: z.string().min(1).optional(),
  /** Operations that the policy of the role does not allow to issued keys. */
  deniedActions: z.array(z.string()).default([]),
  /** How long an issued key is good, milliseconds. The real STS takes no less than 15 minutes. */
  lifetimeMs: z.int().min(1).default(3_600_000),
});

export const inventorySchema = z.strictObject({
  loadBalancers: z.array(loadBalancer).default([]),
  serverGroups: z.array(serverGroup).default([]),
  certificates: z.array(certificate).default([]),
  securityPolicies: z.array(securityPolicy).default([]),
  acls: z.array(acl).default([]),
  credentials: z.array(credential).default([]),
  roles: z.array(role).default([]),
});

/** Items named by their id; what is left out of an item that exists already keeps its value. */
const inventoryPatchSchema = z.strictObject({
  loadBalancers: z.array(z.looseObject({ LoadBalancerId: z.string() })).default([]),
  serverGroups: z.array(z.looseObject({ ServerGroupId: z.string() })).default([]),
  certificates: z.array(z.looseObject({ CertificateId: z.string() })).default([]),
  securityPolicies: z.array(z.looseObject({ SecurityPolicyId: z.string() })).default([]),
  acls: z.array(z.looseObject({ AclId: z.string() })).default([]),
  credentials: z.array(z.looseObject({ accessKeyId: z.string() })).default([]),
  roles: z.array(z.looseObject({ RoleArn: z.string() })).default([]),
});

export type LoadBalancer = DeepReadonly<z.infer<typeof loadBalancer>>;
export type ServerGroup = DeepReadonly<z.infer<typeof serverGroup>>;
export type Credential = DeepReadonly<z.infer<typeof credential>>;
export type Role = DeepReadonly<z.infer<typeof role>>;
export type Inventory = DeepReadonly<z.infer<typeof inventorySchema>>;
export type InventoryInput = z.input<typeof inventorySchema>;

/** Adds new items and merges known ones. The result is checked like an inventory written in full. */
export function mergeInventory(current: Inventory, given: unknown): Inventory {
  const patch = inventoryPatchSchema.parse(given);
  return inventorySchema.parse({
    loadBalancers: mergeItems(current.loadBalancers, patch.loadBalancers, (item) => item.LoadBalancerId),
    serverGroups: mergeItems(current.serverGroups, patch.serverGroups, (item) => item.ServerGroupId),
    certificates: mergeItems(current.certificates, patch.certificates, (item) => item.CertificateId),
    securityPolicies: mergeItems(
      current.securityPolicies,
      patch.securityPolicies,
      (item) => item.SecurityPolicyId,
    ),
    acls: mergeItems(current.acls, patch.acls, (item) => item.AclId),
    credentials: mergeItems(current.credentials, patch.credentials, (item) => item.accessKeyId),
    roles: mergeItems(current.roles, patch.roles, (item) => item.RoleArn),
  });
}

/** The inventory without the item of this id, of whatever kind it is. */
export function withoutItem(inventory: Inventory, id: string): Inventory {
  return {
    loadBalancers: inventory.loadBalancers.filter((item) => item.LoadBalancerId !== id),
    serverGroups: inventory.serverGroups.filter((item) => item.ServerGroupId !== id),
    certificates: inventory.certificates.filter((item) => item.CertificateId !== id),
    securityPolicies: inventory.securityPolicies.filter((item) => item.SecurityPolicyId !== id),
    acls: inventory.acls.filter((item) => item.AclId !== id),
    credentials: inventory.credentials.filter((item) => item.accessKeyId !== id),
    roles: inventory.roles.filter((item) => item.RoleArn !== id),
  };
}

/** `Identified` is what a full item and a patch of it have in common: the id. */
function mergeItems<Identified extends object>(
  current: readonly Identified[],
  patches: readonly Identified[],
  idOf: (item: Identified) => string,
): unknown[] {
  const merged = new Map<string, unknown>(current.map((item) => [idOf(item), item]));
  for (const patch of patches) merged.set(idOf(patch), mergePatch(merged.get(idOf(patch)), patch));
  return [...merged.values()];
}
