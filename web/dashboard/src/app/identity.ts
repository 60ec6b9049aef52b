import { HttpError, type Http } from '@apfa/realtime-client';

export type Role = 'viewer' | 'operator' | 'admin';

/** Who the server takes us for. */
export type Identity =
  | { readonly at: 'asking' }
  | { readonly at: 'known'; readonly user: string; readonly role: Role }
  | { readonly at: 'signed-out'; readonly reason: string; readonly loginUrl?: string };

interface SessionAnswer {
  readonly user?: string;
  readonly role?: string;
  readonly csrfToken?: string;
}

const KEY = 'apfa-session';

/**
 * What of a session is kept beside the cookie, which all tabs share: never the token itself, which is
 * in the cookie alone, where no script can read it.
 */
interface Kept {
  readonly user: string;
  readonly role: Role;
  readonly csrfToken: string;
}

export function keptSession(storage: Storage = localStorage): Kept | undefined {
  try {
    const text = storage.getItem(KEY);
    return text === null ? undefined : (JSON.parse(text) as Kept);
  } catch {
    return undefined;
  }
}

/** The header that a cookie's session needs with every command. */
export function csrfHeader(): Readonly<Record<string, string>> {
  const token = keptSession()?.csrfToken;
  return token ? { 'X-CSRF-Token': token } : {};
}

/** Asks the server who we are; with a token, opens a session for it. */
export async function openSession(http: Http, token?: string): Promise<Identity> {
  try {
    const answer = await http.post<SessionAnswer>(
      '/api/v1/session',
      {},
      token === undefined ? {} : { Authorization: `Bearer ${token}` },
    );
    const kept = {
      user: answer.user ?? '',
      role: roleOf(answer.role),
      csrfToken: answer.csrfToken ?? '',
    };
    localStorage.setItem(KEY, JSON.stringify(kept));
    return { at: 'known', user: kept.user, role: kept.role };
  } catch (error) {
    if (error instanceof HttpError && error.status === 401) {
      const kept = token === undefined ? keptSession() : undefined;
      // The cookie may still be good: the next call tells.
      return kept
        ? { at: 'known', user: kept.user, role: kept.role }
        : {
            at: 'signed-out',
            reason: token === undefined ? '' : error.message,
            ...loginUrlOf(error),
          };
    }
    if (error instanceof HttpError && error.status === 403) {
      // It takes no commands from here, whoever we are.
      return { at: 'known', user: '', role: 'viewer' };
    }
    // A server that cannot say refuses by itself what is not allowed.
    return { at: 'known', user: '', role: 'admin' };
  }
}

/** Where one signs in, if the operator has configured a place (`auth.jwt.login-url`). */
export function loginUrlOf(error: HttpError): { readonly loginUrl?: string } {
  const problem = error.problem as { readonly loginUrl?: unknown } | undefined;
  return typeof problem?.loginUrl === 'string' ? { loginUrl: problem.loginUrl } : {};
}

/** Tells of another tab that has signed in as somebody, or whose session is over. */
export function onSessionElsewhere(listener: (identity: Identity) => void): () => void {
  const onStorage = (event: StorageEvent): void => {
    if (event.key !== KEY) return;
    const kept = keptSession();
    listener(
      kept
        ? { at: 'known', user: kept.user, role: kept.role }
        : { at: 'signed-out', reason: 'the session has ended' },
    );
  };
  addEventListener('storage', onStorage);
  return () => {
    removeEventListener('storage', onStorage);
  };
}

export function forgetSession(): void {
  localStorage.removeItem(KEY);
}

function roleOf(word: string | undefined): Role {
  return word === 'viewer' || word === 'operator' ? word : 'admin';
}
