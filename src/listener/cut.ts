/**
 * The beginning of a text, at most `longest` UTF-16 units. Never with half a character at its end: the API server would
 * store another one in its place, and what is stored would differ for ever from what is to be stored.
 */
export function cut(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed();
}
