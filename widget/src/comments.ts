import { articleOf, editIn, find } from "./dom";
import type { Context } from "./context";
import type { OwnComment, Viewer } from "./viewer";

/** The list of comments as the reader sees it: puts single ones in, takes them out, keeps the count. */
export class Comments {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
    context.watch((viewer) => this.#viewer(viewer));
  }

  item(id: string): HTMLLIElement | null {
    return find<HTMLLIElement>(this.#context.kit.section, `li[data-comment="${CSS.escape(id)}"]`);
  }

  /** Put a comment where it belongs, or in the place of its earlier self (whose replies stay) unless that is being edited. */
  put(comment: OwnComment): HTMLLIElement | null {
    const { kit } = this.#context;
    const fresh = find<HTMLLIElement>(kit.html(comment.html), "li[data-comment]");
    if (!fresh) return this.item(comment.id);
    kit.times(fresh);
    const present = this.item(comment.id);
    if (present) return editIn(present) ? present : renew(present, fresh);
    this.insert(fresh, comment.parent);
    find(kit.section, "[data-empty]")?.remove();
    return fresh;
  }

  /** Take a comment out; the form that answers it goes home first. */
  remove(item: HTMLElement): void {
    find(item, "[data-action=cancel-reply]")?.click();
    item.remove();
  }

  showCount(count: number, text: string): void {
    const { section } = this.#context.kit;
    const place = find(section, "[data-count-text]");
    if (!text || !place) return;
    place.textContent = text;
    section.dataset.count = String(count);
  }

  #viewer(viewer: Viewer): void {
    if (viewer.state === "signed-out") {
      for (const item of this.#context.kit.section.querySelectorAll<HTMLElement>("li[data-status=pending]")) {
        if (!editIn(item)) this.remove(item);
      }
    }
    for (const comment of viewer.comments) this.put(comment);
    this.showCount(viewer.count, viewer.heading ?? viewer.count_text);
  }

  /** Put an item at the end of its parent's replies, or of the list where the parent is not on the page. */
  insert(item: HTMLElement, parent: string | null | undefined): void {
    const { section } = this.#context.kit;
    const list = (parent && this.#repliesOf(parent)) || find(section, "[part~=comment-list]");
    const newestFirst = !parent && find(section, "[data-sort][aria-current]")?.dataset.sort === "newest";
    const last = find(list as ParentNode, ":scope > [data-more-replies]");
    list?.insertBefore(item, newestFirst ? list.firstChild : last);
  }

  /** The list that a comment's replies stand in: its own, or at the shown depth the one it stands in itself. */
  #repliesOf(id: string): HTMLElement | null {
    const parent = this.item(id);
    return parent && (find(parent, ":scope > ol") ?? parent.parentElement);
  }
}

function renew(present: HTMLLIElement, fresh: HTMLLIElement): HTMLLIElement {
  delete present.dataset.status;
  delete present.dataset.tombstone;
  Object.assign(present.dataset, fresh.dataset);
  const [before, now] = [articleOf(present), articleOf(fresh)];
  if (before && now) before.replaceWith(now);
  return present;
}
