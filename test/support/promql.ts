/** A metric in a query, and the labels that the query names for it. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

export interface Query {
  readonly selectors: readonly Selector[];
  /** Of `by`, `without`, `on`, `ignoring` and `group_left`. */
  readonly grouping: readonly string[];
}

const TOKEN =
  /(?<space>\s+)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<range>\[[^\]]*\])|(?<number>\d[\w.]*)|(?<word>[a-zA-Z_:][\w:]*)|(?<mark>[-+*/%^,(){}]|[=!<>]=?|=~|!~|~)/gy;

const WITH_LABELS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const OPERATORS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan', 'atan2']);

/**
 * The metrics and labels of a PromQL query: every word that is no function, no operator, no label and no part of a
 * string. Throws on what it does not know, so that nothing is passed over.
 */
export function readQuery(query: string): Query {
  const tokens = tokensOf(query);
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? '';
    const next = tokens[at + 1];
    if (!isWord(token) || OPERATORS.has(token.toLowerCase())) continue;
    if (WITH_LABELS.has(token)) {
      if (next !== '(') continue;
      const end = tokens.indexOf(')', at);
      grouping.push(...tokens.slice(at, end).filter((inner) => isWord(inner) && inner !== token));
      at = end;
      continue;
    }
    // A function, or an aggregation whose labels come first.
    if (next === '(' || (next !== undefined && WITH_LABELS.has(next) && isAggregation(token))) continue;
    const end = next === '{' ? tokens.indexOf('}', at) : at;
    selectors.push({ metric: token, labels: tokens.slice(at + 1, end).filter(isWord) });
    at = end;
  }
  if (selectors.length === 0) throw new Error(`There is no metric in: ${query}`);
  return { selectors, grouping };
}

function isAggregation(word: string): boolean {
  return ['sum', 'min', 'max', 'avg', 'count', 'topk', 'quantile'].includes(word);
}

function isWord(token: string): boolean {
  return /^[a-zA-Z_:]/.test(token);
}

/** Without white space and ranges; strings keep their quotes. */
function tokensOf(query: string): readonly string[] {
  const tokens: string[] = [];
  let read = 0;
  for (const match of query.matchAll(TOKEN)) {
    read += match[0].length;
    if (match.groups?.['space'] === undefined && match.groups?.['range'] === undefined) tokens.push(match[0]);
  }
  if (read !== query.length) throw new Error(`This is no PromQL: ${query.slice(read)}`);
  return tokens;
}
