import { z } from 'zod';
import { isRegionId } from '../alb/endpoints.ts';
import type { BindAddress } from '../runtime/http-server.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds. */
export function duration(standard: string) {
  return z
    .string()
    .regex(/^[1-9][0-9]{0,6}(ms|s|m|h)$/, 'write a duration like 500ms, 30s, 10m or 1h')
    .prefault(standard)
    .transform((text) => {
      const unit = z.enum(['ms', 's', 'm', 'h']).parse(text.replace(/^[0-9]+/, ''));
      return Number.parseInt(text, 10) * UNITS[unit];
    });
}

/** A whole number from 1 to `most`. */
export function count(standard: number, most: number) {
  const problem = `write a number from 1 to ${most}`;
  return z
    .string()
    .regex(/^[1-9][0-9]{0,5}$/, problem)
    .prefault(String(standard))
    .transform(Number)
    .refine((number) => number <= most, problem);
}

export function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
  standard: Words[number],
) {
  return z
    .enum(words, `write ${new Intl.ListFormat('en', { type: 'disjunction' }).format(words)}`)
    .default(standard);
}

/** Where to listen: `:8080`, `127.0.0.1:8080`, `[::1]:8080`; `0` is nowhere. */
export function bindAddress(standard: string) {
  const problem = 'write an address to listen on, such as :8080 or 127.0.0.1:8080, or 0 for none';
  return z
    .string()
    .prefault(standard)
    .transform((text, context): BindAddress | undefined => {
      if (text === '0') return undefined;
      const parts = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[\w.-]*)):(?<port>\d{1,5})$/.exec(text)?.groups;
      const port = Number(parts?.['port'] ?? '65536');
      if (port > 65_535) {
        context.addIssue({ code: 'custom', message: problem });
        return z.NEVER;
      }
      const host = parts?.['v6'] ?? parts?.['host'] ?? '';
      return host === '' ? { port } : { host, port };
    });
}

/** One word that Alibaba Cloud gave out: a key, an ARN. A line break around it comes from a file and is ignored. */
export function word() {
  return z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]*$/, 'holds white space or a character outside ASCII: set it to the bare value')
    .optional();
}

const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export function namespaceName() {
  return z.string().regex(NAMESPACE, 'write the name of a namespace: a-z, 0-9 and hyphens');
}

/** Names of namespaces with commas between them, each once. */
export function namespaceList() {
  return z
    .string()
    .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))])
    .refine(
      (names) => names.every((name) => NAMESPACE.test(name)),
      'write names of namespaces with commas between them, such as shop,blog',
    )
    .optional();
}

const UID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** UIDs of clusters, and `untagged`, with commas between them. */
export function clusterList() {
  return z
    .string()
    .transform((text) => [...new Set(text.split(',').map((word) => word.trim()))])
    .refine(
      (words) => words.every((word) => word === 'untagged' || UID.test(word)),
      'write UIDs of clusters with commas between them, as kubectl get namespace kube-system -o jsonpath={.metadata.uid} prints them, or untagged',
    )
    .optional();
}

/** Ids of regions with commas between them, each once. */
export function regionList() {
  return z
    .string()
    .transform((text) => [...new Set(text.split(',').map((id) => id.trim()))])
    .refine(
      (ids) => ids.every((id) => isRegionId(id)),
      'write ids of regions with commas between them, such as cn-hangzhou,ap-southeast-1',
    )
    .optional();
}

const PATTERN = /^[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?$/;
const LOAD_BALANCER = /^(\*|alb-[a-z0-9]+)$/;

/**
 * `ID=NAMESPACE,NAMESPACE`, with semicolons between load balancers.
 *
 * `*` is every load balancer that is not named, and any characters in a name.
 */
export function namespacesByLoadBalancer() {
  return z
    .string()
    .transform((text, context): ReadonlyMap<string, readonly string[]> => {
      const entries = text.split(';').map((item) => item.trim());
      const map = new Map<string, readonly string[]>();
      for (const entry of entries.filter((item) => item !== '')) {
        const [id = '', names, ...rest] = entry.split('=').map((part) => part.trim());
        const patterns = (names ?? '?').split(',').flatMap((name) => name.trim() || []);
        const isGood =
          rest.length === 0 && LOAD_BALANCER.test(id) && patterns.every((name) => PATTERN.test(name));
        if (isGood && !map.has(id)) {
          map.set(id, patterns);
          continue;
        }
        context.addIssue({
          code: 'custom',
          message: map.has(id)
            ? `${id} stands there twice: write all of its namespaces in one place`
            : 'write load balancers and their namespaces, such as alb-aaa=shop,web;alb-bbb=team-*;*=platform',
        });
        return z.NEVER;
      }
      return map;
    })
    .optional();
}

const SELECTOR = selectorPattern();

/** As kubectl takes it. Checked here, for the API server would refuse a wrong one again and again. */
export function labelSelector() {
  return z
    .string()
    .max(2000, 'write at most 2000 characters')
    .regex(SELECTOR, 'write a label selector, such as shard=a or shard in (a,b)')
    .optional();
}

function selectorPattern(): RegExp {
  const word = String.raw`[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?`;
  const name = String.raw`(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?${word}`;
  const value = `(?:${word})?`;
  const requirement = [
    String.raw`(?:! *)?${name}`,
    String.raw`${name} *(?:=|==|!=) *${value}`,
    String.raw`${name} +(?:in|notin) *\( *${value} *(?:, *${value} *)*\)`,
  ].join('|');
  return new RegExp(`^ *(?:${requirement}) *(?:, *(?:${requirement}) *)*$`);
}
