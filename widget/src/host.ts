// Who is there as the host has it: on its own pages its cookies say so, elsewhere a token that its page carries.
import { call } from "./api";
import { emit } from "./emit";
import { fetchViewer, type Viewer } from "./viewer";
import { drop, held, keep, transport } from "./token";
import { read, write } from "./storage";
import { storageKey } from "./home";
import type { Ask } from "./kit";

/** Ask for the viewer; a person whom the page names is signed in first, once for each time they log in there. */
export const ask: Ask = async ({ host, home, thread, viewer }, section) => {
  const atHome = section.dataset.asks === location.origin;
  for (const door of section.querySelectorAll<HTMLElement>("[data-login]")) door.hidden = (door.dataset.login === "home") !== atHome;
  const here = { ...thread, lang: section.dataset.language || thread.lang };
  const named = storageKey(home, "host");
  const told = host.getAttribute("user");
  const person = told ? personOf(told) : "";
  const before = read("localStorage", named) ?? "";
  if (told === null || (person === before && (!person || held(home)))) {
    const seen = await (viewer ?? fetchViewer(home, here));
    if (!person || seen.token) return seen;
  }
  if (before && before !== person) {
    // Whom the page named before is out first: nobody writes as them, also where the exchange is refused.
    const out = await call<Viewer>(home, "POST", `/sign-out?lang=${here.lang}`, { thread: here });
    drop(home);
    write("localStorage", named, null);
    if (!person) return { ...out, token: false };
  }
  const answer = await call<{ token: string | null; viewer: Viewer }>(home, "POST", `/host-user?lang=${here.lang}`, {
    user: told,
    transport: await transport(home),
    thread: here,
  });
  keep(home, answer.token, true);
  write("localStorage", named, person);
  emit(host, "signed-in", { provider: "sso", server: home.server, site: home.site });
  return answer.viewer;
};

/** Whom a token is about, so that one is exchanged once; the server alone believes it. */
function personOf(token: string): string {
  try {
    const [message, ...disqus] = token.split(" ");
    const text = atob((disqus[0] ? message : token.split(".")[1])!.replace(/-/g, "+").replace(/_/g, "/"));
    const { sub, id } = JSON.parse(text) as { sub?: unknown; id?: unknown };
    return String(sub ?? id ?? (disqus[0] ? "" : token)); // Disqus took an empty message for nobody
  } catch {
    return token;
  }
}
