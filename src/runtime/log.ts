/** The part of a pino logger the runtime uses; a pino `Logger` can be passed as it is. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * What a log line may say about something that was thrown. Only name, message and stack: errors of HTTP
 * libraries carry whole requests, headers included, in their other properties.
 */
export function describeThrown(thrown: unknown): { name: string; message: string; stack?: string } {
  if (!(thrown instanceof Error)) return { name: 'NonError', message: String(thrown) };
  const { name, message, stack } = thrown;
  return stack === undefined ? { name, message } : { name, message, stack };
}
