import { endpoint, FRESH, threadQuery, type Home, type Thread } from "./home";
import { Refusal } from "./api";

const RETRY_MILLISECONDS = [1_000, 4_000];

/** Fetch a public answer as text. A network failure or a server's hiccup is tried again. */
export async function fetchFragment(address: string, signal: AbortSignal): Promise<string> {
  for (const pause of [...RETRY_MILLISECONDS, 0]) {
    const answer = await fetch(address, { ...FRESH, signal }).catch(() => null);
    if (answer?.ok) return answer.text();
    if (answer && answer.status < 500) throw await refused(answer);
    if (signal.aborted || !pause) break;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  throw new Refusal("network");
}

async function refused(answer: Response): Promise<Refusal> {
  const { error } = await answer.json().catch(() => ({}));
  return new Refusal(error?.code ?? "network", error?.message, answer.status);
}

export const threadAddress = (home: Home, thread: Thread, comment = ""): string =>
  `${endpoint(home)}/thread?${threadQuery(thread, { sort: thread.sort, comment })}`;

/** Resolve an address of the fragment's; one that is not the section's own server's is refused. */
export function ownAddress(home: Home, address: string | null | undefined): string {
  const resolved = new URL(address ?? "", `${home.server}/`);
  if (!address || resolved.origin !== home.origin) throw new Refusal("network", `foreign: ${address}`);
  return resolved.href;
}

const sheets = new Map<string, Promise<CSSStyleSheet>>();

/** Style the shadow root before anything in it shows: one adopted sheet for all sections, else the link itself. */
export async function dress(root: ShadowRoot, link: HTMLLinkElement | null, home: Home): Promise<void> {
  if (!link) return;
  const address = ownAddress(home, link.getAttribute("href"));
  try {
    root.adoptedStyleSheets = [await sheetAt(address)];
  } catch {
    link.href = address;
    const loaded = new Promise((resolve) => (link.onload = link.onerror = resolve));
    root.prepend(link);
    await loaded;
  }
}

/** The sheet at an address, asked for once; one that did not come is forgotten. */
export function sheetAt(address: string): Promise<CSSStyleSheet> {
  const sheet = sheets.get(address) ?? adoptable(address);
  sheets.set(address, sheet);
  sheet.catch(() => sheets.delete(address));
  return sheet;
}

async function adoptable(address: string): Promise<CSSStyleSheet> {
  const sheet = new CSSStyleSheet({ baseURL: address });
  const answer = await fetch(address, { credentials: "omit" });
  if (!answer.ok) throw new Refusal("network");
  return sheet.replace(await answer.text());
}
