import { Refusal } from "./api";
import { cover } from "./cover";
import { dress, fetchFragment, ownAddress, threadAddress } from "./fragment";
import { askedComment } from "./hash";
import { layOut, measured } from "./layout";
import { drawn, pause } from "./pause";
import { emit } from "./emit";
import { fetchViewer } from "./viewer";
import { hasten } from "./early";
import { held } from "./token";
import { carryOver, counterpart } from "./counterpart";
import { holdPresses, type Held } from "./presses";
import { holdsAny, read } from "./storage";
import { html } from "./html";
import { relativeTimes } from "./times";
import { release, reserve, settle } from "./reserve";
import { storageKey, type Home } from "./home";
import { waitingKey } from "./ticket";
import type { Ask, Kit, Start } from "./kit";
import type { Viewer } from "./viewer";

/** Longest that a returning reader's section waits for what is personal before it shows. */
const PATIENCE_MILLISECONDS = 2_000;

/** What an element knows of its section. */
interface Wanted extends Pick<Kit, "host" | "home" | "thread" | "arrival"> {
  /** The folder of the server's other files, where it is known already. */
  files: string;
}

/** What a lazy file gives. */
interface Lazy {
  start: Start;
  ask: Ask;
}

/** What is known before there is a section. */
type Opening = Wanted & Pick<Kit, "viewer" | "signal">;

/** Fill the element once it comes near the viewport, or take over what the page inlined. */
export async function load(wanted: Wanted, stop: AbortController): Promise<void> {
  const { host, home, thread, arrival } = wanted;
  const inlined = host.shadowRoot?.querySelector<HTMLElement>("[data-commentkit]");
  if (!inlined) reserve(host);
  followHash(host, stop.signal);
  try {
    if (!arrival && !askedComment() && !read("sessionStorage", waitingKey(home))) await near(host, stop.signal);
    // Without a language the answer would follow the browser, and the section follows the site.
    const asks = held(home) || host.hasAttribute("asks-viewer");
    const viewer = thread.lang && asks ? fetchViewer(home, thread) : undefined;
    viewer?.catch(() => undefined); // it is looked at when the lazy file is here
    const opening: Opening = { ...wanted, viewer, signal: stop.signal };
    await (inlined ? takeOver(opening, inlined) : fill(opening));
    emit(host, "ready");
    if (await arrival?.handed) cover(sectionIn(host.shadowRoot as ShadowRoot));
  } catch (error) {
    if (stop.signal.aborted) return;
    const { code, message } = error instanceof Refusal ? error : new Refusal("network", String(error));
    release(host);
    emit(host, "error", { code, message });
    if (message) console.warn(`commentkit: ${message}`); // for the site's owner: a reader sees the page as it was
    const again = () => void load(wanted, stop);
    if (code === "network") addEventListener("online", again, { once: true, signal: stop.signal });
  }
}

/** Be the place that links to `#comments` mean, where the page has none of that name. */
function followHash(host: HTMLElement, signal: AbortSignal): void {
  const follow = () => {
    const meant = location.hash === "#comments" && !document.getElementById("comments");
    if (meant && document.querySelector("comment-kit") === host) host.scrollIntoView();
  };
  follow();
  addEventListener("hashchange", follow, { signal });
}

/** Wait until the element is within a viewport's height of being seen, or the address asks for a comment. */
function near(host: HTMLElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && seen(), {
      rootMargin: "100% 0px",
    });
    const asked = () => askedComment() && seen();
    const seen = () => {
      observer.disconnect();
      removeEventListener("hashchange", asked);
      resolve();
    };
    observer.observe(host);
    addEventListener("hashchange", asked);
    signal.addEventListener("abort", () => observer.disconnect());
  });
}

async function fill(opening: Opening): Promise<void> {
  const { host, home, signal } = opening;
  const asked = fetchThread(opening);
  hasten(opening.files);
  const content = html(await asked);
  const section = sectionIn(content);
  const script = lazyScript(home, section);
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  await pause(); // each step is a task of its own: a slow phone takes long for each
  relativeTimes(section, section.lang);
  await dress(root, content.querySelector<HTMLLinkElement>("link[rel=stylesheet]"), home);
  await pause();
  if (signal.aborted) return;
  const held = holdPresses(root);
  const start = () => begin(opening, section, script, held);
  const waiting = waits(opening);
  section.style.display = "none";
  show(root, section);
  if (waiting) await soon(start());
  // What is scrolled to needs all before it; what a sign-in brings into focus needs the section to be there at once.
  const rest = opening.arrival || askedComment() ? undefined : await layOut(section);
  section.style.display = "";
  await drawn();
  settle(host);
  await measured(host);
  if (!waiting) void start();
  void rest?.();
}

async function fetchThread({ home, thread, signal }: Opening): Promise<string> {
  const fetchAt = (comment: string) => fetchFragment(threadAddress(home, thread, comment), signal);
  try {
    return await fetchAt(askedComment());
  } catch (error) {
    if (askedComment() && error instanceof Refusal && error.status === 404) return fetchAt(""); // another thread's comment
    throw error;
  }
}

function sectionIn(content: ParentNode): HTMLElement {
  const section = content.querySelector<HTMLElement>("[data-commentkit]");
  if (!section) throw new Refusal("network", "no section");
  return section;
}

function show(root: ShadowRoot, section: HTMLElement): void {
  relativeTimes(section, section.lang);
  if (section.parentNode !== root) root.append(section);
  const state = section.querySelector<HTMLElement>("[part~=identity]")?.dataset.state;
  if (state) (root.host as HTMLElement).dataset.state = state;
}

const lazyScript = (home: Home, section: HTMLElement, name = "section"): Promise<Lazy> => {
  const script = import(ownAddress(home, section.dataset.script?.replace("section", name))) as Promise<Lazy>;
  script.catch(() => undefined); // told when it is needed
  return script;
};

/** Start the lazy file on a section. Without it every control is still a working form control or link. */
async function begin(opening: Opening, section: HTMLElement, script: Promise<Lazy>, held: Held): Promise<void> {
  const { host, signal } = opening;
  try {
    const { start } = await script;
    held.release();
    if (!signal.aborted) await start(kitOf(opening, section, held));
  } catch (error) {
    held.release();
    for (const { control, popup } of held.presses) popup ? popup.close() : control.click();
    emit(host, "error", { code: "network", message: String(error) });
  }
}

const kitOf = (opening: Opening, section: HTMLElement, { root, presses }: Held): Kit => ({
  ...opening,
  thread: { ...opening.thread, lang: section.dataset.language || opening.thread.lang },
  viewer: whoIsThere(opening, section),
  root,
  section,
  presses,
  html,
  fetch: async (address) => html(await fetchFragment(ownAddress(opening.home, address), opening.signal)),
  times: (nodes) => relativeTimes(nodes, section.lang),
});

/** Who is there may be the host's to say: on its own pages by its cookies, elsewhere by what its page carries. */
const whoIsThere = (opening: Opening, section: HTMLElement): Promise<Viewer> | undefined =>
  opening.host.hasAttribute("user") || section.dataset.asks === location.origin
    ? lazyScript(opening.home, section, "host").then((file) => file.ask(opening, section))
    : opening.viewer;

const waits = ({ home, arrival }: Opening): boolean => !!arrival || !!askedComment() || holdsAny(storageKey(home));

/** Wait, not for long, before showing a section, so that the state its reader left is the first they see. */
const soon = (started: Promise<void>): Promise<unknown> =>
  Promise.race([started, new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS))]);

/** Take over an inlined section: a cached page's may be stale, so the server is asked before it comes alive. */
async function takeOver(opening: Opening, inlined: HTMLElement): Promise<void> {
  const root = opening.host.shadowRoot as ShadowRoot;
  const held = holdPresses(root);
  show(root, inlined);
  const fresh = await fresher(opening, inlined).catch(() => null); // offline, the inlined one serves
  if (opening.signal.aborted) held.release();
  else if (fresh) await replace(opening, inlined, fresh, held);
  else await begin(opening, inlined, lazyScript(opening.home, inlined), held);
}

/** Bring a fresh section to life unseen, then let it step into the place of the stale one, what was typed included. */
async function replace(opening: Opening, stale: HTMLElement, fresh: DocumentFragment, held: Held): Promise<void> {
  const { root } = held;
  const section = sectionIn(fresh);
  const script = lazyScript(opening.home, section);
  await dress(root, fresh.querySelector<HTMLLinkElement>("link[rel=stylesheet]"), opening.home);
  for (const press of held.presses) press.control = counterpart(section, press.control);
  section.style.display = "none";
  show(root, section);
  await soon(begin(opening, section, script, held));
  section.style.display = "";
  const active = root.activeElement as HTMLElement | null;
  carryOver(stale, section);
  stale.remove();
  if (active) counterpart(section, active).focus();
}

async function fresher({ home, thread, signal }: Opening, inlined: HTMLElement): Promise<DocumentFragment | null> {
  const content = html(await fetchFragment(threadAddress(home, thread), signal));
  return differs(sectionIn(content), inlined) ? content : null;
}

/** Whether the inlined section is not everybody's: the page was composed for a reader who came without scripts. */
const personal = (inlined: HTMLElement): boolean =>
  !!inlined.querySelector("[data-form=comment]") &&
  !(inlined.querySelector("[part~=identity][data-state=signed-out]") && inlined.querySelector("template"));

const differs = (fresh: HTMLElement, inlined: HTMLElement): boolean =>
  personal(inlined) ||
  (["version", "script", "language", "count"] as const).some((name) => fresh.dataset[name] !== inlined.dataset[name]);
