import { find, firstControl, focus, fromTemplate } from "./dom";
import { read, write } from "./storage";
import { storageKey } from "./home";
import type { Context } from "./context";
import type { Viewer } from "./viewer";

/** The middle of the form: who writes. One part stands there at a time; the text above it never moves. */
export class Identity {
  readonly #context: Context;
  readonly #form: HTMLFormElement;
  /** The public fragment's own part, kept with whatever a guest typed into it. */
  #signedOut: HTMLElement | null;
  #part: HTMLElement | null;
  /** What `back` returns to, the nearest last. */
  #behind: HTMLElement[] = [];
  #shown = "";

  constructor(context: Context, form: HTMLFormElement) {
    this.#context = context;
    this.#form = form;
    this.#part = find(form, "[part~=identity]");
    this.#signedOut = this.state === "signed-out" ? this.#part : null;
    this.#mirror();
    context.watch((viewer, again) => again || this.#viewer(viewer));
  }

  get state(): string {
    return this.#part?.dataset.state ?? "";
  }

  /** Show that a sign-in is under way; what stood there comes back by `back`. */
  connect(label: string): void {
    const part = fromTemplate(this.#context.kit.section, "connecting");
    const message = part && find(part, "[data-message]");
    if (!part || !message) return;
    const sentence = message.dataset.text ?? message.textContent ?? "";
    message.textContent = "";
    if (this.state !== "connecting") this.#set(part);
    else this.#show(part);
    focus(find(part, "[data-action=cancel]"));
    setTimeout(() => (message.textContent = sentence.trim().replace("%s", () => label)));
  }

  /** Offer the way back once the window looks closed. That proves nothing, so nothing else changes. */
  closed(): void {
    const offer = this.#part && find(this.#part, "[data-closed]");
    if (!offer?.hidden) return;
    const waiting = this.#part && find(this.#part, "[data-waiting]");
    const focused = !!waiting && waiting === this.#context.kit.root.activeElement;
    offer.hidden = false;
    if (waiting) waiting.hidden = true;
    if (focused) focus(offer.matches("button, a") ? offer : find(offer, "button, a"));
  }

  /** No window opened: leave what this tab can do, and go there. */
  blocked(): void {
    for (const waiting of this.#part?.querySelectorAll<HTMLElement>(".ring, [data-message]") ?? []) waiting.hidden = true;
    focus(this.#part && find(this.#part, "[data-action=continue-here]"));
  }

  /** Return to what stood there before, at this control of it. */
  back(selector = ""): void {
    const part = this.#behind.pop() ?? this.#part;
    if (part) this.#show(part);
    if (part) focus((selector && find(part, selector)) || firstControl(part));
  }

  /** Show a part over the present one, which `back` returns to. */
  over(html: string): void {
    const part = find(this.#context.kit.html(html), "[part~=identity]");
    if (!part) return;
    this.#set(part);
    focus(firstControl(part));
  }

  #set(part: HTMLElement): void {
    if (this.#part) this.#behind.push(this.#part);
    this.#show(part);
  }

  /** Ask for a guest's details; whoever is signed in stays so until the comment is posted. */
  asGuest(): void {
    const way = this.#part && find(this.#part, "[data-action=keep]")?.cloneNode(true);
    if (!this.#signedOut) return;
    this.#show(this.#signedOut);
    if (way) this.#signedOut.append(way); // until the next viewer answer
    focus(find(this.#signedOut, "[name=email], [name=name]"));
  }

  /** Remember the way chosen last, in this browser. */
  chose(provider: string): void {
    write("localStorage", storageKey(this.#context.kit.home, "last"), provider);
  }

  #viewer(viewer: Viewer): void {
    const part = viewer.identity ? find(this.#context.kit.html(viewer.identity), "[part~=identity]") : null;
    const wanted = viewer.state === "signed-out" ? (this.#signedOut ??= part) : part;
    if (wanted && (viewer.identity !== this.#shown || this.state !== viewer.state)) this.#show(wanted);
    this.#shown = viewer.identity;
    this.#behind = [];
    if (this.#signedOut) find(this.#signedOut, "[data-action=keep]")?.remove();
  }

  #show(part: HTMLElement): void {
    if (part !== this.#part) this.#part?.replaceWith(part);
    this.#part = part;
    this.#mirror();
  }

  #mirror(): void {
    if (!this.#part) return;
    this.#context.kit.host.dataset.state = this.state;
    const notify = find<HTMLFieldSetElement>(this.#form, "[data-notify]");
    if (notify) notify.disabled = this.#part.hasAttribute("data-no-email");
    this.#markLast(this.#part);
  }

  #markLast(part: HTMLElement): void {
    const last = read("localStorage", storageKey(this.#context.kit.home, "last"));
    for (const button of part.querySelectorAll<HTMLElement>("[data-provider]")) {
      if (button.toggleAttribute("data-last", button.dataset.provider === last)) button.closest("[part=providers]")?.prepend(button);
    }
  }
}
