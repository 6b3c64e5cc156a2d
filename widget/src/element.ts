import { homeAt, type Home, type Thread } from "./home";
import { languageNear } from "./place";
import { load } from "./load";
import type { Arrival } from "./ticket";

/** What the page's own tag says, for an element that does not say it itself. */
export interface Defaults {
  server: string;
  site: string;
  /** The folder of that server's other files, where it is known before a fragment names them. */
  files: string;
  /** The ticket in the page's address, for the first section it concerns. */
  claim(home: Home): Arrival | undefined;
}

/** Define `<comment-kit>`, unless another tag of ours did. */
export function define(defaults: Defaults): void {
  if (!customElements.get("comment-kit")) customElements.define("comment-kit", elementWith(defaults));
}

const elementWith = (defaults: Defaults) =>
  class CommentKit extends HTMLElement {
    static readonly observedAttributes = ["server", "site", "key", "url", "lang", "sort", "proof", "user"];
    #stop: AbortController | undefined;
    #title = "";

    connectedCallback(): void {
      if (!this.#stop) this.#begin();
    }

    disconnectedCallback(): void {
      queueMicrotask(() => this.isConnected || this.#end()); // a moved element stays as it is
    }

    attributeChangedCallback(_name: string, before: string | null, now: string | null): void {
      if (!this.#stop || before === now) return;
      this.#end();
      queueMicrotask(() => this.isConnected && this.connectedCallback());
    }

    #begin(): void {
      this.#stop = new AbortController();
      this.#takeTitle();
      this.#slotHeading();
      const home = homeAt(this.getAttribute("server") || defaults.server, this.getAttribute("site") || defaults.site);
      const files = home.server === defaults.server ? defaults.files : "";
      void load({ host: this, home, thread: this.#thread(), files, arrival: defaults.claim(home) }, this.#stop);
    }

    #end(): void {
      this.#stop?.abort();
      this.#stop = undefined;
    }

    #thread(): Thread {
      const canonical = document.querySelector<HTMLLinkElement>("link[rel=canonical][href]")?.href;
      return {
        key: this.getAttribute("key") ?? "",
        url: new URL(this.getAttribute("url") || canonical || location.href, document.baseURI).href.replace(/#.*/s, ""),
        title: this.#title || document.title,
        lang: this.getAttribute("lang") || languageNear(this),
        sort: this.getAttribute("sort") ?? "",
        proof: this.getAttribute("proof") || undefined,
      };
    }

    // A browser would show it as a tooltip over the whole section.
    #takeTitle(): void {
      this.#title = this.getAttribute("title") || this.#title;
      this.removeAttribute("title");
    }

    #slotHeading(): void {
      const text = this.getAttribute("heading");
      if (!text || this.querySelector(":scope > [slot=title]")) return;
      const heading = document.createElement("span");
      heading.slot = "title";
      heading.textContent = text;
      this.append(heading);
    }
  };
