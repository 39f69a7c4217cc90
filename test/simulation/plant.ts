import { registerHooks } from 'node:module';

/** A realistic defect, as a change of one place in the source of the operator. */
export interface Mutation {
  readonly name: string;
  /** What it breaks, in a word or two. */
  readonly breaks?: string;
  /** Below `src`. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** Has this thread load the file with the defect in it. Throws, when it is loaded, if there is no such place or several. */
export function plant({ name, file, find, replace }: Mutation): void {
  const url = new URL(`../../src/${file}`, import.meta.url).href;
  registerHooks({
    load(loaded, context, nextLoad) {
      const module = nextLoad(loaded, context);
      if (loaded !== url) return module;
      const { source } = module;
      if (source === undefined || source === null) throw new Error(`${name}: ${file} has no source`);
      const parts = (typeof source === 'string' ? source : new TextDecoder().decode(source)).split(find);
      if (parts.length !== 2) throw new Error(`${name}: stands ${parts.length - 1} times in ${file}`);
      return { ...module, source: parts.join(replace) };
    },
  });
}
