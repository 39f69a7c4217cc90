import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Rpc } from '../alb/rpc.ts';
import type { ApiTransport } from '../runtime/kubernetes/api-transport.ts';

/**
 * Spans through the OpenTelemetry API alone. Where nobody has registered a provider, every one of them is the same empty
 * object, and no attribute is put together. `docs/operations.md` says how to switch them on.
 *
 * Attributes are names, ids and codes. What a call carries and what it is answered is in none of them.
 */
const tracer = trace.getTracer('alb-listener-operator');

/** Around one reconcile; what it does inside becomes its children. */
export async function inReconcileSpan<T extends { readonly next: string }>(
  attributes: () => Attributes,
  reconcile: () => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan('reconcile', async (span) => {
    if (span.isRecording()) span.setAttributes(attributes());
    try {
      const result = await reconcile();
      span.setAttribute('reconcile.next', result.next);
      return result;
    } catch (thrown) {
      fail(span, thrown instanceof Error ? thrown.name : 'NonError');
      throw thrown;
    } finally {
      span.end();
    }
  });
}

/** The same carrier, with a span around each call of the ALB API. */
export function tracedRpc(rpc: Rpc): Rpc {
  return (operation, parameters) =>
    tracer.startActiveSpan(`ALB ${operation}`, { kind: SpanKind.CLIENT }, async (span) => {
      const outcome = await rpc(operation, parameters);
      if (span.isRecording()) {
        const yes = outcome.outcome === 'yes';
        const requestId = yes ? outcome.requestId : outcome.error.requestId;
        span.setAttributes({
          'alb.operation': operation,
          'alb.outcome': outcome.outcome,
          'alb.code': yes ? 'OK' : outcome.error.code,
          ...(requestId !== undefined && { 'alb.request_id': requestId }),
        });
        if (!yes) fail(span, outcome.error.code);
      }
      span.end();
      return outcome;
    });
}

/**
 * The same transport, with a span around each request that belongs to something: the lease and the lists of the caches
 * are nobody's, and would bury the rest.
 */
export function tracedTransport(transport: ApiTransport): ApiTransport {
  return {
    watch: (request) => transport.watch(request),
    request: (request) => {
      if (trace.getActiveSpan()?.isRecording() !== true) return transport.request(request);
      const { method, path } = request;
      return tracer.startActiveSpan(`Kubernetes ${method}`, { kind: SpanKind.CLIENT }, async (span) => {
        span.setAttributes({ 'http.request.method': method, 'url.path': path });
        const answer = await transport.request(request);
        if (!answer.ok) fail(span, answer.error.kind);
        span.end();
        return answer;
      });
    },
  };
}

function fail(span: Span, message: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
