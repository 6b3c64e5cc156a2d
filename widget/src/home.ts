/** How public answers are asked for: a browser's own copy is shown to the server first, which mostly says 304. */
export const FRESH: RequestInit = { credentials: "omit", cache: "no-cache" };

/** The server and site a section belongs to: each element has its own, so that two servers may serve one page. */
export interface Home {
  /** The blueprint's address without a slash at its end, e.g. `https://comments.example.org/commentkit`. */
  server: string;
  origin: string;
  site: string;
}

export interface Thread {
  key: string;
  url: string;
  title: string;
  lang: string;
  sort: string;
  /** The host's signed word for key, address and title, where it gave one. */
  proof?: string | undefined;
}

export const homeAt = (server: string, site: string): Home => {
  const address = new URL(server, document.baseURI);
  return { server: address.href.replace(/\/+$/, ""), origin: address.origin, site };
};

export const sameHome = (one: Home, other: Home): boolean => one.server === other.server && one.site === other.site;

export const endpoint = (home: Home): string => `${home.server}/${encodeURIComponent(home.site)}`;

export const storageKey = (home: Home, name?: string): string =>
  `commentkit:${home.server}:${home.site}${name ? `:${name}` : ""}`;

/** The query that names a thread to the server; empty values are left out, so that equal threads have equal addresses. */
export function threadQuery(thread: Pick<Thread, "key" | "url" | "lang">, more: Record<string, string> = {}): string {
  const given = Object.entries({ key: thread.key, url: thread.url, lang: thread.lang, ...more });
  return new URLSearchParams(given.filter(([, value]) => value)).toString();
}
