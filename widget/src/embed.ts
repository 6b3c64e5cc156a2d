// The first file. Its first act is to read a ticket in the page's address, before a router can rewrite it.
import { concerns, receive, takeTicket, type Arrival } from "./ticket";
import { countLinks } from "./counts";
import { define } from "./element";
import { folderOf } from "./early";
import { homeAt, type Home } from "./home";
import { ownScript, place, serverOf } from "./place";

const ticket = takeTicket();
const script = ownScript();
let arrival: Arrival | undefined = ticket ? receive(ticket) : undefined;

function claim(home: Home): Arrival | undefined {
  const mine = arrival && concerns(arrival, home) ? arrival : undefined;
  if (mine) arrival = undefined;
  return mine;
}

function count(server: string, tag: HTMLScriptElement): void {
  const { site, lang } = tag.dataset;
  if (!site) return;
  const now = () => void countLinks(homeAt(server, site), lang || document.documentElement.lang);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", now);
  else now();
  document.addEventListener("commentkit:posted", now); // the links of this page count what was just said
}

if (script) {
  const server = serverOf(script);
  define({ server, site: script.dataset.site ?? "", files: folderOf(server), claim });
  place(script, server);
  count(server, script);
}
