import { fieldsOf } from "./fields";
import { random } from "./dom";
import { read, readJson, write } from "./storage";
import { storageKey } from "./home";
import type { Kit } from "./kit";

const GUEST = ["name", "email", "website"] as const;
const IDEMPOTENCY_BYTES = 18;

interface Kept {
  text: string;
  parent: string;
  guest: Record<string, string>;
  /** The idempotency key and the text it was made for: another text is another comment. */
  key: string;
  sent: string;
}

/** What was typed and not yet posted: one per thread and tab, gone once it is posted. */
export class Draft {
  readonly #form: HTMLFormElement;
  readonly #text: HTMLTextAreaElement;
  readonly #key: string;
  readonly #guestKey: string;
  #kept: Kept;

  constructor(kit: Kit, form: HTMLFormElement) {
    this.#form = form;
    this.#text = form.querySelector("[name=text]") as HTMLTextAreaElement;
    this.#key = storageKey(kit.home, `draft:${kit.section.dataset.key || kit.thread.url}`);
    this.#guestKey = storageKey(kit.home, "guest");
    this.#kept = readJson<Kept>("sessionStorage", this.#key) ?? empty();
    form.addEventListener("input", () => this.save(), { signal: kit.signal });
  }

  get parent(): string {
    return this.#kept.parent;
  }

  /** Put back what was typed, and a guest's details where they asked to be remembered; what is typed already wins. */
  restore(): void {
    this.#text.value ||= this.#kept.text;
    const remembered = readJson<Record<string, string>>("localStorage", this.#guestKey);
    for (const field of fieldsOf(this.#form, GUEST)) field.value ||= this.#kept.guest[field.name] ?? remembered?.[field.name] ?? "";
    const box = fieldsOf(this.#form, ["remember"])[0];
    if (box && remembered) box.checked = true;
    if (this.#text.value) this.#form.removeAttribute("data-rest");
  }

  save(): void {
    const guest = { ...this.#kept.guest };
    for (const field of fieldsOf(this.#form, GUEST)) guest[field.name] = field.value;
    const parent = fieldsOf(this.#form, ["parent"])[0]?.value ?? "";
    this.#kept = { ...this.#kept, text: this.#text.value, parent, guest };
    write("sessionStorage", this.#key, JSON.stringify(this.#kept));
  }

  /** The idempotency key of what is typed now: the same for each try of the same text under the same comment. */
  keyToSend(): string {
    this.save();
    const sent = JSON.stringify([this.#kept.text, this.#kept.parent]);
    if (this.#kept.sent !== sent) this.#kept = { ...this.#kept, sent, key: random(IDEMPOTENCY_BYTES) };
    write("sessionStorage", this.#key, JSON.stringify(this.#kept));
    return this.#kept.key;
  }

  /** Forget what was posted; what was typed since is the draft now. */
  posted(rest: string): void {
    this.#text.value = rest;
    this.#kept = empty();
    if (rest) this.save();
    else write("sessionStorage", this.#key, null);
  }

  /** Remember a guest's details in this browser, or forget them: their choice, made by the box. */
  remember(): void {
    const box = fieldsOf(this.#form, ["remember"])[0];
    if (!box) return;
    const details = Object.fromEntries(fieldsOf(this.#form, GUEST).map((field) => [field.name, field.value]));
    if (box.checked) write("localStorage", this.#guestKey, JSON.stringify(details));
    else if (read("localStorage", this.#guestKey)) write("localStorage", this.#guestKey, null);
  }
}

const empty = (): Kept => ({ text: "", parent: "", guest: {}, key: "", sent: "" });
