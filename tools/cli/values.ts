import { InvalidArgumentError } from '@commander-js/extra-typings';

/** The parser of a whole number, both bounds included. */
export function wholeNumber({ min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {}) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It is a whole number ${range}.`);
  };
}

/** The parser of a list with commas. */
export function list(text: string): readonly string[] {
  return text.split(',').filter((item) => item !== '');
}
