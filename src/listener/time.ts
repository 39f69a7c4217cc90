/**
 * Conversions between instants (milliseconds since 1970) and the text that Kubernetes stores. Pure: "now" always
 * comes from the injected clock. The one file of the domain that may name `Date`.
 */

/** RFC 3339 with seconds, as conditions have it. */
export function toSeconds(instant: number): string {
  return new Date(instant).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** RFC 3339 with milliseconds. */
export function toMilliseconds(instant: number): string {
  return new Date(instant).toISOString();
}

/** `undefined` when the text is no time. */
export function toInstant(text: string): number | undefined {
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}
