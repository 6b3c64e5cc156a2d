const ATTRIBUTES = ["title", "heading", "site", "key", "url", "lang", "sort", "user"];

/** Put a section where a script tag stands, unless the tag says or shows that it is not meant for one. */
export function place(script: HTMLScriptElement, server: string): void {
  if (!script.dataset.site || script.dataset.only === "counts" || script.closest("head")) return;
  const next = script.nextElementSibling;
  // A page restored from a client-side router's cache brings the element along and runs the tag again.
  if (next?.localName === "comment-kit" && next.getAttribute("server") === server) return;
  const element = document.createElement("comment-kit");
  element.setAttribute("server", server);
  for (const name of ATTRIBUTES) {
    const value = script.dataset[name];
    if (value != null) element.setAttribute(name, value); // an empty user says that nobody is logged in there
  }
  script.after(element);
}

/** The tag that runs: a module has no `currentScript`, so its tag is looked for. */
export const ownScript = (): HTMLScriptElement | null =>
  (document.currentScript as HTMLScriptElement | null) ?? document.querySelector('script[src$="/embed.js"]');

export const serverOf = (script: HTMLScriptElement): string => new URL(".", script.src).href.replace(/\/$/, "");

export const languageNear = (element: Element): string =>
  element.closest<HTMLElement>("[lang]:not([lang=''])")?.lang || document.documentElement.lang;
