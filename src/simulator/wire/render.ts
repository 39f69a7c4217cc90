import type { Answer } from '../answer.ts';

export type Format = 'JSON' | 'XML';

export interface Rendered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What of a request comes back in its answer. */
export interface Asked {
  readonly product: 'Alb' | 'Sts';
  readonly action: string;
  readonly format: Format;
  /** The endpoint's own name. */
  readonly host: string;
}

/** An answer as it goes over the line. */
export function render(answer: Answer, { product, action, format, host }: Asked): Rendered {
  const { requestId } = answer;
  if (answer.ok) {
    const body = { RequestId: requestId, ...answer.body };
    return { status: 200, headers: contentType(format), text: encode(format, `${action}Response`, body) };
  }
  const { status, code, message, retryAfterMs } = answer.refusal;
  const body = {
    RequestId: requestId,
    HostId: host,
    Code: code,
    Message: message,
    Recommend: `https://api.alibabacloud.com/troubleshoot?q=${code}&product=${product}&requestId=${requestId}`,
  };
  const headers = {
    ...contentType(format),
    ...(retryAfterMs !== undefined && { 'x-acs-retry-after': String(retryAfterMs) }),
  };
  return { status, headers, text: encode(format, 'Error', body) };
}

function contentType(format: Format): Record<string, string> {
  return { 'content-type': format === 'JSON' ? 'application/json;charset=utf-8' : 'text/xml;charset=utf-8' };
}

function encode(format: Format, root: string, body: object): string {
  if (format === 'JSON') return JSON.stringify(body);
  return `<?xml version="1.0" encoding="UTF-8"?>${element(root, body)}`;
}

/** A list repeats its element; absent values leave no element. */
function element(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('');
  if (typeof value === 'string') return `<${name}>${escapeText(value)}</${name}>`;
  if (typeof value === 'object') {
    const children = Object.entries(value).map(([key, child]) => element(key, child));
    return `<${name}>${children.join('')}</${name}>`;
  }
  return `<${name}>${escapeText(JSON.stringify(value))}</${name}>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
