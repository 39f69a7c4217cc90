/**
 * The regions with an ALB endpoint. Source: the endpoint list of the API metadata for 2020-06-16, and Alibaba Cloud's
 * list of regions for the finance and government sites. A region that opened since goes into `ALB_REGIONS`.
 */
export const REGIONS_WITH_ALB: readonly string[] = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'cn-beijing',
  'cn-beijing-finance-1',
  'cn-chengdu',
  'cn-fuzhou',
  'cn-guangzhou',
  'cn-hangzhou',
  'cn-hangzhou-finance',
  'cn-heyuan',
  'cn-hongkong',
  'cn-nanjing',
  'cn-north-2-gov-1',
  'cn-qingdao',
  'cn-shanghai',
  'cn-shanghai-finance-1',
  'cn-shenzhen',
  'cn-shenzhen-finance-1',
  'cn-wulanchabu',
  'cn-zhangjiakou',
  'eu-central-1',
  'eu-west-1',
  'me-central-1',
  'me-east-1',
  'na-south-1',
  'us-east-1',
  'us-southeast-1',
  'us-west-1',
];

/** The most names that a message suggests. */
const MOST_MATCHES = 3;

/** Names that are almost the one that was written, the closest first. */
export function closeMatches(written: string, known: Iterable<string>): readonly string[] {
  const furthest = Math.max(2, Math.floor(written.length / 4));
  return [...known]
    .map((name) => ({ name, distance: editDistance(written, name) }))
    .filter(({ name, distance }) => distance <= furthest || written.endsWith(`-${name}`))
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_MATCHES)
    .map(({ name }) => name);
}

/** Levenshtein distance: insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of Array.from(a).entries()) {
    const current = [row + 1];
    for (const [column, other] of Array.from(b).entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
