/** Aborts on Ctrl-C, when the process is asked to end, and when its terminal goes. */
export function endSignal(): { readonly signal: AbortSignal; readonly interrupt: () => void } {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
  return { signal: controller.signal, interrupt };
}
