import { asRefusal, call } from "./api";
import { drop } from "./token";
import { emit } from "./emit";
import { find } from "./dom";
import type { Kit } from "./kit";
import type { Viewer } from "./viewer";

const NOBODY: Viewer = { state: "signed-out", identity: "", comments: [], editable: {}, count: 0, count_text: "" };

/** Takes a viewer answer; `again` when it is an old one and only the list is new. */
type Watcher = (viewer: Viewer, again: boolean) => void;

/** What the parts of one section share: the kit, the viewer last known, and the ways to ask and to tell. */
export class Context {
  viewer: Viewer = NOBODY;
  readonly #watchers: Watcher[] = [];
  readonly kit: Kit;

  constructor(kit: Kit) {
    this.kit = kit;
  }

  /** Be told of each viewer answer, in the order of registration. */
  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  apply(viewer: Viewer): void {
    this.viewer = viewer;
    for (const watcher of this.#watchers) watcher(viewer, false);
  }

  /** Put what is the viewer's into a list that came anew. */
  again(): void {
    for (const watcher of this.#watchers) watcher({ ...this.viewer, count_text: "", heading: "" }, true);
  }

  /** Make a personal call; one that says the token has ended signs the section out before it is raised. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    try {
      return await call<T>(this.kit.home, method, `${path}?lang=${this.kit.thread.lang}`, body);
    } catch (error) {
      if (asRefusal(error).endsToken) this.signOut();
      throw error;
    }
  }

  /** Nobody is signed in here any more: show it and tell the page. */
  signOut(viewer = NOBODY): void {
    const { host, home } = this.kit;
    drop(home);
    this.apply(viewer);
    emit(host, "signed-out", { server: home.server, site: home.site });
  }

  /** Show that nobody is signed in, where that happened elsewhere. */
  forget(): void {
    this.apply(NOBODY);
  }

  /** Announce one of the fragment's own sentences, and bring it before the reader's eyes where `seen`. */
  say(code: string, seen = false): void {
    this.tell(this.sentence(code), code, seen);
  }

  /** One of the fragment's own sentences; empty when it has none for this code. */
  sentence(code: string): string {
    const notices = find<HTMLTemplateElement>(this.kit.section, 'template[data-template="notices"]');
    return notices?.content.querySelector(`[data-code="${CSS.escape(code)}"]`)?.textContent?.trim() ?? "";
  }

  /** Announce a sentence in the form's live region, which stood there empty before. */
  tell(text: string, code = "", seen = false): void {
    const notice = find(this.kit.section, "[part~=notice]");
    if (!notice || (!text && !notice.textContent)) return;
    notice.textContent = "";
    notice.dataset.code = code;
    if (!text) return;
    setTimeout(() => {
      notice.textContent = text; // a region is announced when it changes after it stood there
      if (seen) notice.scrollIntoView({ block: "nearest" });
    });
  }

  /** Say why something did not work: beside the control that was pressed, when that is not in the form. */
  fail(error: unknown, control?: HTMLElement | null): void {
    const refusal = asRefusal(error);
    find(this.kit.section, "[data-failed]")?.remove();
    const sentence = refusal.message || this.sentence(refusal.code);
    if (!control?.isConnected || control.closest("[data-form=comment]")) this.tell(sentence, "", !!control);
    else this.#tellBeside(control, sentence);
    emit(this.kit.host, "error", { code: refusal.code, message: refusal.message });
  }

  #tellBeside(control: HTMLElement, sentence: string): void {
    const place = document.createElement("p");
    place.className = "error";
    place.dataset.failed = "";
    place.setAttribute("role", "alert");
    (control.closest("[part~=actions], [data-more], header") ?? control).after(place);
    setTimeout(() => (place.textContent = sentence));
  }
}
