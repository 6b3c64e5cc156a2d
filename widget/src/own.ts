import { articleOf, editIn, find, focus, fromTemplate } from "./dom";
import { showError } from "./fields";
import type { Refusal } from "./api";
import type { Actions } from "./actions";
import type { Comments } from "./comments";
import type { Context } from "./context";
import type { OwnComment, Viewer } from "./viewer";

const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** What an author may do with a comment of theirs, for as long as the site lets them: the file of authors only. */
export class Own {
  readonly #context: Context;
  readonly #comments: Comments;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: Context, actions: Actions, comments: Comments) {
    this.#context = context;
    this.#comments = comments;
    context.watch((viewer) => this.offer(viewer));
    actions.on("edit", (control) => this.#edit(itemOf(control)));
    actions.on("cancel-edit", (control) => this.#close(itemOf(control)));
    actions.on("save", (control) => this.#save(itemOf(control), control));
    actions.on("delete", (control) => this.#delete(itemOf(control)));
    context.kit.root.addEventListener("submit", (event) => this.#submit(event), { signal: context.kit.signal });
    context.kit.root.addEventListener("keydown", (event) => this.#keydown(event as KeyboardEvent), { signal: context.kit.signal });
  }

  /** Show Edit and Delete on what is still the viewer's to change, and nowhere else. */
  offer({ editable }: Viewer): void {
    const { section } = this.#context.kit;
    for (const control of section.querySelectorAll("[data-own]")) control.remove();
    for (const [id, until] of Object.entries(editable)) {
      if (Date.parse(until) > Date.now()) this.#offerOn(this.#comments.item(id));
    }
    this.#offerAgainLater(editable);
  }

  #offerOn(item: HTMLElement | null): void {
    const place = item && find(item, ":scope > article [part~=actions]");
    const template = find<HTMLTemplateElement>(this.#context.kit.section, 'template[data-template="own-actions"]');
    if (!place || !template || find(place, "[data-action=edit]")) return;
    for (const control of template.content.children) {
      const copy = control.cloneNode(true) as HTMLElement;
      copy.dataset.own = "";
      place.append(copy);
    }
  }

  #offerAgainLater(editable: Record<string, string>): void {
    clearTimeout(this.#timer);
    const spans = Object.values(editable).map((until) => Date.parse(until) - Date.now());
    const next = Math.min(...spans.filter((span) => span > 0));
    if (next < LONGEST_TIMER_MILLISECONDS) this.#timer = setTimeout(() => this.offer(this.#context.viewer), next + 50);
  }

  async #edit(item: HTMLElement): Promise<void> {
    if (editIn(item)) return;
    const { text, version } = await this.#context.ask<{ text: string; version: string }>("GET", `${pathOf(item)}/source`);
    const form = fromTemplate(this.#context.kit.section, "edit-form");
    const body = find(item, ":scope > article [part~=body]");
    if (!form || !body) return;
    const field = find<HTMLTextAreaElement>(form, "textarea");
    if (field) field.value = text;
    form.dataset.version = version;
    writing(item, true);
    body.after(form);
    focus(field);
  }

  #close(item: HTMLElement): void {
    editIn(item)?.remove();
    writing(item, false);
    this.#context.again(); // what came for it meanwhile could not take its place
    focus(find(item, ":scope > article [data-action=edit]"));
  }

  #submit(event: Event): void {
    const form = event.target as HTMLFormElement;
    if (form.dataset.form !== "edit") return;
    event.preventDefault();
    find(form, "[data-action=save]")?.click();
  }

  #keydown(event: KeyboardEvent): void {
    const form = (event.target as Element).closest<HTMLElement>("[data-form=edit]");
    if (!form) return;
    if (event.key === "Escape") this.#close(itemOf(form));
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) find(form, "[data-action=save]")?.click();
  }

  async #save(item: HTMLElement, control: HTMLElement): Promise<void> {
    const form = control.closest<HTMLElement>("[data-form=edit]");
    const field = form && find<HTMLTextAreaElement>(form, "textarea");
    if (!form || !field) return;
    field.readOnly = true; // what came after what is sent would go with the form
    try {
      const body = { text: field.value, version: form.dataset.version };
      const { comment } = await this.#context.ask<{ comment: OwnComment }>("PATCH", pathOf(item), body);
      this.#put(item, comment);
      this.#context.say("saved");
    } catch (error) {
      if (!(error as Refusal).message) throw error;
      showError(form, "text", (error as Refusal).message);
    } finally {
      field.readOnly = false;
    }
  }

  async #delete(item: HTMLElement): Promise<void> {
    const question = this.#context.sentence("confirm_delete");
    if (question && !confirm(question)) return;
    const next = item.nextElementSibling ?? item.parentElement?.closest("li");
    const answer = await this.#context.ask<{ comment?: OwnComment | null; count?: number; count_text?: string; heading?: string } | null>("DELETE", pathOf(item));
    this.#put(item, answer?.comment?.html ? answer.comment : null);
    this.#comments.showCount(answer?.count ?? 0, answer?.heading ?? answer?.count_text ?? "");
    if (!item.isConnected) focus(articleOf(next as HTMLElement | null) ?? find(this.#context.kit.section, "textarea"));
    this.#context.say("deleted");
  }

  /** Show what has become of a comment, and let no earlier answer bring back what it was. */
  #put(item: HTMLElement, comment: OwnComment | null): void {
    const { viewer } = this.#context;
    viewer.comments = viewer.comments.flatMap((one) => (one.id === item.dataset.comment ? (comment ?? []) : one));
    editIn(item)?.remove();
    if (!comment) return this.#comments.remove(item);
    const present = this.#comments.put(comment);
    this.offer(viewer);
    focus(articleOf(present));
  }
}

/** What a comment says and what else can be done with it stand back while it is rewritten. */
function writing(item: HTMLElement, on: boolean): void {
  for (const part of ["body", "actions"]) {
    const place = find(item, `:scope > article [part~=${part}]`);
    if (place) place.style.display = on ? "none" : "";
  }
}

const pathOf = (item: HTMLElement): string => `/comments/${item.dataset.comment}`;

const itemOf = (control: HTMLElement): HTMLElement => control.closest<HTMLElement>("li[data-comment]") as HTMLElement;
