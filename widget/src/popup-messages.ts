// What the sign-in window and the page say to each other, and who believes whom. Every message has an exact target.

export type FromPopup =
  | { commentkit: "ticket"; aid: string; ticket: string }
  | { commentkit: "failed"; aid: string; code: string; message: string };

export interface FromPage {
  commentkit: "received";
  aid: string;
}

/** Whom a page waits for. */
export interface Expected {
  aid: string;
  origin: string;
  /** Null where the browser gave none (COOP): origin and aid must do. */
  popup: Window | null;
}

/** Read a message of the window that is waited for; anybody else's is null, without a trace. */
export function fromPopup(event: MessageEvent, expected: Expected): FromPopup | null {
  const data = event.data as Partial<Record<"commentkit" | "aid" | "ticket" | "code" | "message", unknown>> | null;
  if (event.origin !== expected.origin || (expected.popup && event.source !== expected.popup)) return null;
  if (typeof data !== "object" || data?.aid !== expected.aid) return null;
  const { commentkit, ticket, code, message } = data;
  if (commentkit === "ticket" && typeof ticket === "string") return { commentkit, aid: expected.aid, ticket };
  if (commentkit !== "failed") return null;
  return { commentkit, aid: expected.aid, code: String(code ?? ""), message: String(message ?? "") };
}

/** Tell the window that its message arrived, so that it may close. */
export function acknowledge(event: MessageEvent, expected: Expected): void {
  const message: FromPage = { commentkit: "received", aid: expected.aid };
  (event.source as Window | null)?.postMessage(message, expected.origin);
}

/** Whether this is the page's word that it has what the window brought. */
export function isReceipt(event: MessageEvent, expected: { aid: string; origin: string; opener: Window }): boolean {
  const data = event.data as Partial<FromPage> | null;
  return (
    event.origin === expected.origin &&
    event.source === expected.opener &&
    data?.commentkit === "received" &&
    data.aid === expected.aid
  );
}
