import { articleOf, find, focus } from "./dom";
import { endpoint, threadQuery } from "./home";
import type { Refusal } from "./api";
import type { Comments } from "./comments";
import type { Context } from "./context";
import type { Replies } from "./replies";

/** The list's other order, its further parts and single comments in it: the file of readers who ask for them. */
export class Pages {
  readonly #context: Context;
  readonly #comments: Comments;
  readonly #replies: Replies | undefined;

  constructor(context: Context, comments: Comments, replies?: Replies) {
    this.#context = context;
    this.#comments = comments;
    this.#replies = replies;
  }

  async sort(link: HTMLElement): Promise<void> {
    await this.swap(link.dataset.fragment ?? "");
    focus(find(this.#context.kit.section, `[data-sort="${link.dataset.sort}"]`));
  }

  async more(link: HTMLElement): Promise<void> {
    const content = await this.#context.kit.fetch(link.dataset.fragment ?? "");
    const list = find(this.#context.kit.section, "[part~=comment-list]");
    const items = content.querySelectorAll<HTMLElement>("[part~=comment-list] > li");
    if (!list) return;
    const first = this.#add(list, items);
    const wrapper = link.closest("[data-more]");
    const next = content.querySelector("[data-more]");
    if (next) wrapper?.replaceWith(next);
    else wrapper?.remove();
    this.#renewed(first);
  }

  async moreReplies(link: HTMLElement): Promise<void> {
    const content = await this.#context.kit.fetch(link.dataset.fragment ?? "");
    const mark = link.closest<HTMLElement>("[data-more-replies]");
    const items = [...content.querySelectorAll<HTMLElement>("li")].filter((item) => !item.parentElement?.closest("li"));
    const list = mark?.parentElement;
    if (!list) return;
    const first = this.#add(list, items, mark);
    mark.remove();
    this.#renewed(first);
  }

  /** Bring a comment before the reader's eyes, fetching the page of the thread that holds it when it must. */
  async show(id: string): Promise<void> {
    const { home, thread } = this.#context.kit;
    const address = `${endpoint(home)}/thread?${threadQuery(thread, { sort: thread.sort, comment: id })}`;
    if (!this.#comments.item(id)) await this.swap(address).catch(unlessGone);
    const item = this.#comments.item(id);
    if (!item) return;
    for (const other of this.#context.kit.section.querySelectorAll("[data-current]")) other.removeAttribute("data-current");
    item.toggleAttribute("data-current", true);
    const article = articleOf(item);
    // After the section is shown and laid out: it may still be hidden for a returning reader.
    requestAnimationFrame(() => {
      article?.scrollIntoView({ block: "center" });
      article?.focus({ preventScroll: true });
    });
  }

  /** Put another page or order in the place of this one. What somebody is writing in stays, with its comment. */
  async swap(address: string): Promise<void> {
    const content = await this.#context.kit.fetch(address);
    const fresh = content.querySelector("[data-comments]");
    const stale = find(this.#context.kit.section, "[data-comments]");
    if (!fresh || !stale) return;
    const writtenIn = [...stale.querySelectorAll("[data-form]")].map((form) => form.closest<HTMLElement>("li[data-comment]"));
    const parent = this.#replies?.parent ?? "";
    this.#replies?.home();
    stale.replaceWith(fresh);
    for (const item of writtenIn) if (item) this.#keep(item);
    if (parent) this.#replies?.under(parent);
    this.#renewed();
  }

  /** Bring a comment of the list before into this one: its article as it is, its replies as they are now. */
  #keep(item: HTMLElement): void {
    const now = articleOf(this.#comments.item(item.dataset.comment ?? ""));
    if (now) now.replaceWith(articleOf(item) ?? now);
    else this.#comments.insert(item, item.parentElement?.closest<HTMLElement>("li")?.dataset.comment);
  }

  /** Put in each item that is not here yet, before `mark` or at the end; return the first one. */
  #add(list: HTMLElement, items: Iterable<HTMLElement>, mark: Element | null = null): HTMLElement | undefined {
    const fresh = [...items].filter((item) => !item.dataset.comment || !this.#comments.item(item.dataset.comment));
    for (const item of fresh) list.insertBefore(item, mark);
    return fresh[0];
  }

  /** What was fetched is everybody's: give it what is the viewer's, and go to its beginning. */
  #renewed(first?: HTMLElement): void {
    const { section, times } = this.#context.kit;
    times(section);
    this.#context.again();
    focus(articleOf(first));
  }
}

const unlessGone = (error: Refusal): void => {
  if (error.status !== 404) throw error;
};
