/** The message of a condition without what the tables show anyway, so that the cause is not cut. */
export function shortMessage(message: string): string {
  return message.replace(/^\w+ was answered with /, '').replaceAll(/ lsn-[a-z0-9]+/g, '');
}
