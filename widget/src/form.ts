import { clearErrors, fieldsOf, showError } from "./fields";
import { emit } from "./emit";
import { articleOf, find, focus } from "./dom";
import { held, keep, transport } from "./token";
import { asRefusal } from "./api";
import type { Comments } from "./comments";
import type { Context } from "./context";
import type { Draft } from "./draft";
import type { Identity } from "./identity";
import type { OwnComment, Viewer } from "./viewer";
import type { Replies } from "./replies";

const TEXTS = ["name", "email", "website", "trap", "picture_proof"] as const;
const BOXES = ["remember", "notify_comments", "notify_posts"] as const;

interface Posted {
  comment: OwnComment & { status: string };
  token: string | null;
  viewer: Viewer;
  /** The code of one more sentence, about what the comment has set going. */
  notice?: string | null;
}

interface Body extends Record<string, unknown> {
  text: string;
  parent: string | null;
}

interface Parts {
  comments: Comments;
  draft: Draft;
  identity: Identity;
  replies: Replies;
}

/** The form itself: grows, sends once, says what is wrong where it is wrong. */
export class Form {
  readonly #context: Context;
  readonly #form: HTMLFormElement;
  readonly #text: HTMLTextAreaElement;
  readonly #parts: Parts;
  readonly #rests: boolean;
  #sending = false;

  constructor(context: Context, form: HTMLFormElement, parts: Parts) {
    this.#context = context;
    this.#form = form;
    this.#text = find(form, "[name=text]") as HTMLTextAreaElement;
    this.#parts = parts;
    this.#rests = form.hasAttribute("data-rest");
  }

  begin(): void {
    const { signal, root } = this.#context.kit;
    const listen = (name: string, listener: (event: Event) => void) => this.#form.addEventListener(name, listener, { signal });
    listen("submit", (event) => this.#submit(event));
    listen("focusin", () => this.#form.removeAttribute("data-rest"));
    listen("input", (event) => {
      clearErrors(this.#form, (event.target as HTMLInputElement).name);
      this.#context.tell(""); // what was said before is over
    });
    listen("keydown", (event) => sends(event as KeyboardEvent) && this.#form.requestSubmit());
    this.#grow();
    if (this.#form.contains(root.activeElement)) this.#form.removeAttribute("data-rest");
  }

  // As the text does; where CSS cannot yet, by measuring.
  #grow(): void {
    if (CSS.supports("field-sizing", "content")) {
      this.#text.style.setProperty("field-sizing", "content");
      return;
    }
    const fit = () => {
      this.#text.style.height = "auto";
      this.#text.style.height = `${this.#text.scrollHeight}px`;
    };
    this.#text.addEventListener("input", fit, { signal: this.#context.kit.signal });
    if (this.#text.value) fit();
  }

  #submit(event: Event): void {
    event.preventDefault();
    if (this.#sending) return;
    if (this.#parts.identity.state === "connecting") return this.#context.say("connecting", true); // who writes is not known yet
    void this.#send();
  }

  async #send(): Promise<void> {
    this.#busy(true);
    clearErrors(this.#form);
    this.#context.tell("");
    try {
      const body = await this.#body();
      this.#posted(await this.#context.ask<Posted>("POST", "/comments", body), body);
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#busy(false);
    }
  }

  async #body(): Promise<Body> {
    const { home, thread } = this.#context.kit;
    const { key, url, title, proof } = thread;
    const texts = fieldsOf(this.#form, TEXTS).map((field) => [field.name, field.value]);
    const boxes = fieldsOf(this.#form, BOXES).map((box) => [box.name, box.checked && !box.matches(":disabled")]);
    return {
      ...Object.fromEntries([...texts, ...boxes]),
      text: this.#text.value,
      thread: { key, url, title, proof },
      parent: this.#parts.replies.parent || null,
      idempotency_key: this.#parts.draft.keyToSend(),
      transport: await transport(home),
      ...(this.#asGuest && { as: "guest" }),
    };
  }

  get #asGuest(): boolean {
    return this.#parts.identity.state === "signed-out";
  }

  #posted({ comment, token, viewer, notice }: Posted, sent: Body): void {
    const { home, host, root } = this.#context.kit;
    const { draft, replies } = this.#parts;
    const rest = typedSince(sent.text, this.#text.value);
    const done = !rest && replies.parent === (sent.parent ?? "");
    const here = document.activeElement === document.body || this.#form.contains(root.activeElement);
    const lasting = this.#context.viewer.state === "signed-in" || !!fieldsOf(this.#form, ["remember"])[0]?.checked;
    if (token || !held(home)) keep(home, token, lasting);
    draft.remember();
    if (done) replies.home();
    draft.posted(rest);
    if (done) this.#form.toggleAttribute("data-rest", this.#rests);
    this.#text.style.removeProperty("height");
    if (rest) this.#text.dispatchEvent(new Event("input")); // as high as what is left
    this.#context.apply(viewer);
    const item = this.#parts.comments.put(comment);
    const code = comment.status === "pending" ? "pending" : "posted";
    this.#context.tell([code, notice ?? ""].map((one) => this.#context.sentence(one)).join(" ").trim(), code);
    if (done && here) focus(articleOf(item));
    emit(host, "posted", { id: comment.id, parent: comment.parent, status: comment.status });
  }

  #refused(error: unknown): void {
    const refusal = asRefusal(error);
    const { code, message } = refusal;
    const errors = refusal.errors.length ? refusal.errors : [{ code, message: message || this.#context.sentence(code) }];
    // From the last to the first, so that the first is where the reader ends up.
    const told = [...errors].reverse().map((error) => showError(this.#form, error.field ?? "form", error.message));
    if (told.includes(false)) return this.#context.fail(refusal, this.#form);
    emit(this.#context.kit.host, "error", { code, message });
  }

  #busy(busy: boolean): void {
    this.#sending = busy;
    this.#form.setAttribute("aria-busy", String(busy));
    const button = find<HTMLButtonElement>(this.#form, "[part~=submit]");
    if (!button) return;
    button.setAttribute("aria-disabled", String(busy));
    const label = button.firstElementChild ?? button;
    button.dataset.idleText ??= label.textContent ?? "";
    label.textContent = (busy ? button.dataset.busyText : button.dataset.idleText) ?? "";
  }
}

/** What was typed after a text was sent: what follows it, or the whole where it was changed. */
const typedSince = (sent: string, now: string): string => (now.startsWith(sent) ? now.slice(sent.length).trimStart() : now);

const sends = (event: KeyboardEvent): boolean => event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
