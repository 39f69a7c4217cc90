/** One line of a scrape. */
export interface Sample {
  /** Of the series, `_bucket` and the like included. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  /** Types by the name of the family. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

const SAMPLE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const LABEL = /(?<name>[a-zA-Z_]\w*)="(?<value>(?:[^"\\]|\\.)*)"(?:,|$)/gy;

/** Reads the text format of Prometheus; throws on a line that is none of it. */
export function parseScrape(text: string): Scrape {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const [, keyword, family = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === 'TYPE') types.set(family, rest);
    if (line === '' || keyword !== undefined) continue;
    const parts = SAMPLE.exec(line)?.groups;
    if (parts === undefined) throw new Error(`This is no sample: ${line}`);
    const { name = '', labels = '', value = '' } = parts;
    samples.push({ name, labels: parseLabels(labels), value: Number(value.replace('Inf', 'Infinity')) });
  }
  return { types, samples };
}

/** The sum of a series over all samples with these labels. */
export function valueOf(
  { samples }: Scrape,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let read = 0;
  for (const match of text.matchAll(LABEL)) {
    const { name = '', value = '' } = match.groups ?? {};
    labels[name] = value;
    read += match[0].length;
  }
  if (read !== text.length) throw new Error(`These are no labels: ${text}`);
  return labels;
}
