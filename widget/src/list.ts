import { asksElsewhere, type Actions } from "./actions";
import { askedComment } from "./hash";
import type { Comments } from "./comments";
import type { Context } from "./context";
import type { Pages } from "./pages";
import type { Replies } from "./replies";

const MINUTE_MILLISECONDS = 60_000;

/** The list as a whole: its order, its further pages, the comment that the page's address points at. */
export class List {
  readonly #context: Context;
  readonly #comments: Comments;
  readonly #replies: Replies | undefined;
  #coming: Promise<Pages> | undefined;

  constructor(context: Context, comments: Comments, actions: Actions, replies?: Replies) {
    this.#context = context;
    this.#comments = comments;
    this.#replies = replies;
    actions.on("sort", async (link) => (await this.#pages()).sort(link));
    actions.on("more", async (link) => (await this.#pages()).more(link));
    actions.on("more-replies", async (link) => (await this.#pages()).moreReplies(link));
    const { root, signal, thread } = context.kit;
    root.addEventListener("click", (event) => this.#follow(event as MouseEvent), { signal });
    // What is copied or opened beside this page is the thread's own address, whatever `<base>` and query the page has.
    root.addEventListener("pointerdown", ({ target }) => {
      const link = (target as Element).closest<HTMLAnchorElement>("a[href^='#']");
      if (link) link.href = thread.url + link.hash;
    });
  }

  async begin(): Promise<void> {
    const { section, signal, times } = this.#context.kit;
    addEventListener("hashchange", () => void this.show(askedComment()), { signal });
    const ticking = setInterval(times, MINUTE_MILLISECONDS, section);
    signal.addEventListener("abort", () => clearInterval(ticking));
    await this.show(askedComment());
  }

  /** Bring a comment before the reader's eyes. */
  async show(id: string): Promise<void> {
    if (id) await (await this.#pages()).show(id);
  }

  /** A link to a comment of this section moves within it: a hash alone does not reach into a shadow tree. */
  #follow(event: MouseEvent): void {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    const id = link && askedComment(link.hash);
    if (!link || !id || event.defaultPrevented || asksElsewhere(event)) return;
    if (!this.#comments.item(id) && !here(link)) return;
    event.preventDefault();
    if (location.hash !== link.hash) history.pushState(history.state, "", link.hash);
    void this.show(id);
  }

  /** What fetches further parts of the list, by the file that comes when it is first asked for. */
  #pages(): Promise<Pages> {
    this.#coming ??= import("./pages.js").then(({ Pages }) => new Pages(this.#context, this.#comments, this.#replies));
    this.#coming.catch(() => (this.#coming = undefined));
    return this.#coming;
  }
}

const here = (link: HTMLAnchorElement): boolean => link.href.split("#")[0] === location.href.split("#")[0];
