import { articleOf, find, focus } from "./dom";
import type { Actions } from "./actions";
import type { Comments } from "./comments";
import type { Kit } from "./kit";

/** The form's place: at the top, or under the comment it answers. */
export class Replies {
  readonly #form: HTMLFormElement;
  readonly #comments: Comments;
  readonly #place = document.createComment("form");
  /** Called when the parent changed, so that the draft keeps it. */
  moved: () => void = () => undefined;

  constructor(kit: Kit, form: HTMLFormElement, comments: Comments, actions: Actions) {
    this.#form = form;
    this.#comments = comments;
    form.before(this.#place);
    actions.on("reply", (control) => this.#reply(control.closest<HTMLElement>("li[data-comment]")));
    actions.on("cancel-reply", () => this.#cancel());
    form.addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && this.parent && this.#cancel(), { signal: kit.signal });
  }

  get parent(): string {
    return find<HTMLInputElement>(this.#form, "[name=parent]")?.value ?? "";
  }

  /** Stand under this comment; false when it is not on the page. */
  under(id: string): boolean {
    const article = articleOf(this.#comments.item(id));
    if (!article) return false;
    article.after(this.#form);
    this.#answer(id, find(article, "[part~=author]")?.textContent);
    return true;
  }

  /** Go back to the top, the text along. */
  home(): void {
    this.#place.after(this.#form);
    this.#answer("");
  }

  #reply(item: HTMLElement | null): void {
    if (!this.under(item?.dataset.comment ?? "")) return;
    this.#form.removeAttribute("data-rest");
    focus(find(this.#form, "[name=text]"));
  }

  #cancel(): void {
    const item = this.#comments.item(this.parent);
    this.home();
    focus(articleOf(item)?.querySelector<HTMLElement>("[data-action=reply]"));
  }

  #answer(id: string, name?: string | null): void {
    const parent = find<HTMLInputElement>(this.#form, "[name=parent]");
    if (parent) parent.value = id;
    find(this.#form, "[data-title]")?.toggleAttribute("hidden", !!id);
    find(this.#form, "[data-replying]")?.toggleAttribute("hidden", !id);
    const sentence = find(this.#form, "[data-reply-to]");
    if (sentence) sentence.textContent = id ? (sentence.dataset.text ?? "%s").replace("%s", () => name ?? "") : "";
    this.moved();
  }
}
