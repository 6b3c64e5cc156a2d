import { readJson } from "./storage";
import { sameHome, storageKey, type Home } from "./home";

export interface Ticket {
  aid: string;
  ticket: string;
}

/** What a tab that went away to sign in keeps for its return. */
export interface Departure {
  home: Home;
  verifier: string;
  provider: string;
}

/** A ticket that came in this page's address. */
export interface Arrival extends Ticket {
  /** This tab's own departure, or null when another tab may be waiting. */
  departure: Departure | null;
  /** Whether a waiting tab took it. */
  handed: Promise<boolean>;
}

const CHANNEL = "commentkit";
const ANSWER_MILLISECONDS = 1_500;
// Routers rewrite a hash ("#/x", "#!x") or escape it before we run.
const HASH = /[#/!?&]*commentkit-ticket(?:=|%3D)([\w-]+)(?:\.|%2E)([\w-]+)/i;

/** Read a ticket from the address and scrub it from there, the history included. */
export function takeTicket(): Ticket | null {
  const [whole, aid, ticket] = HASH.exec(location.hash) ?? [];
  if (!whole || !aid || !ticket) return null;
  const rest = location.hash.replace(whole, "").replace(/^#/, "");
  history.replaceState(history.state, "", location.pathname + location.search + (rest && `#${rest}`));
  return { aid, ticket };
}

/** What an attempt in a window keeps, so that a page that is loaded again still takes its ticket. */
export interface Waiting {
  aid: string;
  verifier: string;
  provider: string;
}

export const waitingKey = (home: Home): string => storageKey(home, "waiting");

export const departureKey = (aid: string): string => `commentkit:departure:${aid}`;

/** Take a ticket in: for this tab if it departed with that attempt, else for whichever tab waits for it. */
export function receive(ticket: Ticket): Arrival {
  const departure = readJson<Departure>("sessionStorage", departureKey(ticket.aid));
  return { ...ticket, departure, handed: departure ? Promise.resolve(false) : handOver(ticket) };
}

/** Whether this section is the one to deal with it. */
export const concerns = (arrival: Arrival, home: Home): boolean =>
  !arrival.departure || sameHome(arrival.departure.home, home);

function handOver(ticket: Ticket): Promise<boolean> {
  if (!("BroadcastChannel" in window)) return Promise.resolve(false);
  const channel = new BroadcastChannel(CHANNEL);
  return new Promise<boolean>((resolve) => {
    setTimeout(resolve, ANSWER_MILLISECONDS, false);
    channel.onmessage = ({ data }) => data?.aid === ticket.aid && data.received && resolve(true);
    channel.postMessage(ticket);
  }).then((handed) => {
    channel.close();
    if (handed) window.close();
    return handed;
  });
}

/** Wait for tickets that other windows of this page's origin bring; `take` says whether it was the one waited for. */
export function awaitTickets(take: (ticket: Ticket) => boolean, signal: AbortSignal): void {
  if (!("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }) => {
    const { aid, ticket } = (data ?? {}) as Partial<Ticket>;
    if (typeof aid === "string" && typeof ticket === "string" && take({ aid, ticket })) {
      channel.postMessage({ aid, received: true });
    }
  };
  signal.addEventListener("abort", () => channel.close());
}
