import { HttpError } from './errors';
import { isRecord } from './roomDecoder';

/** The part of `fetch` that is used; tests bring their own. */
export type FetchLike = (url: string, init?: RequestInit) => Promise<Response>;

export interface HttpOptions {
  readonly fetch?: FetchLike;
  /** Headers of every call, such as `Authorization` or `X-CSRF-Token`. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

/** A `Retry-After` in seconds, as ours are; a date is for caches, and asks for nothing here. */
function retryAfterMs(header: string | null): number {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0;
}

/** Calls of the REST interface: JSON in, JSON out, errors as `HttpError`. */
export class Http {
  private readonly fetch: FetchLike;

  constructor(
    private readonly baseUrl: string,
    private readonly options: HttpOptions = {},
  ) {
    this.fetch = options.fetch ?? ((url, init) => fetch(url, init));
  }

  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.call<T>('GET', path, undefined, {}, signal);
  }

  post<T>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    return this.call<T>('POST', path, JSON.stringify(body ?? {}), {
      'Content-Type': 'application/json',
      ...headers,
    });
  }

  private async call<T>(
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<T> {
    const init: RequestInit = {
      method,
      headers: { Accept: 'application/json', ...this.options.headers?.(), ...headers },
      credentials: 'same-origin',
    };
    if (body !== undefined) init.body = body;
    if (signal) init.signal = signal;
    const response = await this.fetch(new URL(path, this.baseUrl).toString(), init);
    const type = response.headers.get('content-type') ?? '';
    const isJson = /\bjson\b/.test(type);
    const answer: unknown = isJson ? await response.json().catch(() => undefined) : undefined;
    if (!response.ok) {
      const detail = isRecord(answer) ? (answer['detail'] ?? answer['title']) : undefined;
      throw new HttpError(
        response.status,
        typeof detail === 'string' ? detail : `${method} ${path} was answered ${response.status}`,
        answer,
        retryAfterMs(response.headers.get('retry-after')),
      );
    }
    if (!isJson) throw new HttpError(response.status, `${method} ${path}: the answer is not JSON`);
    return answer as T;
  }
}
