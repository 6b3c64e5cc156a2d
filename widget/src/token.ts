import { endpoint, storageKey, type Home } from "./home";
import { read, write } from "./storage";

/** How a viewer's proof travels: a cookie no script can read where the browser allows one, else a bearer. */
export type Transport = "partitioned" | "page" | "bearer";

/** What stands in storage instead of a token that only the browser holds. */
const HINT = "1";

export const held = (home: Home): string | null =>
  read("sessionStorage", storageKey(home)) ?? read("localStorage", storageKey(home));

/** Keep a bearer, or the hint that a cookie is there; `lasting` says whether beyond this tab. */
export function keep(home: Home, token: string | null, lasting: boolean): void {
  write("localStorage", storageKey(home), lasting ? (token ?? HINT) : null);
  write("sessionStorage", storageKey(home), lasting ? null : (token ?? HINT));
}

export function drop(home: Home): void {
  write("localStorage", storageKey(home), null);
  write("sessionStorage", storageKey(home), null);
}

/** The headers and credentials of a personal call. The header makes another site's page ask first (CORS preflight). */
export function proof(home: Home): RequestInit {
  const token = held(home);
  const headers: Record<string, string> = { "X-CommentKit": "1" };
  if (!token || token === HINT) return { headers, credentials: "include" };
  return { headers: { ...headers, Authorization: `Bearer ${token}` }, credentials: "omit" };
}

const found = new Map<string, Promise<Transport>>();

/** Choose the transport, once a page and before any ticket is redeemed, so that no script sees a cookie's token. */
export function transport(home: Home): Promise<Transport> {
  const token = held(home);
  if (token && token !== HINT) return Promise.resolve("bearer");
  if (location.origin === home.origin) return Promise.resolve("page");
  const known = found.get(endpoint(home)) ?? probe(home);
  found.set(endpoint(home), known);
  known.catch(() => found.delete(endpoint(home)));
  return known;
}

async function probe(home: Home): Promise<Transport> {
  const ask = (method: string) =>
    fetch(`${endpoint(home)}/probe`, { method, headers: { "X-CommentKit": "1" }, credentials: "include" });
  await ask("POST");
  const answer = await ask("GET");
  return answer.ok && ((await answer.json()) as { cookie?: boolean }).cookie ? "partitioned" : "bearer";
}
