export type EventName = "ready" | "posted" | "signed-in" | "signed-out" | "error";

/** Tell the page: `commentkit:<name>`, bubbling and composed. */
export const emit = (host: HTMLElement, name: EventName, detail: Record<string, unknown> = {}): boolean =>
  host.dispatchEvent(new CustomEvent(`commentkit:${name}`, { bubbles: true, composed: true, detail }));
