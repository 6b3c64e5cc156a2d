import { acknowledge, fromPopup, type Expected } from "./popup-messages";
import { awaitTickets, waitingKey, type Arrival, type Ticket, type Waiting } from "./ticket";
import { endpoint, threadQuery } from "./home";
import { find } from "./dom";
import { keep, transport } from "./token";
import { openWindow } from "./window";
import { Pairs, type Pair } from "./pkce";
import { asRefusal, Refusal } from "./api";
import { read, readJson, write } from "./storage";
import type { Account } from "./account";
import type { Actions } from "./actions";
import type { Context } from "./context";
import type { Draft } from "./draft";
import type { Identity } from "./identity";
import type { Landing } from "./away";
import type { Viewer } from "./viewer";

const LOOK_MILLISECONDS = 400;

interface Attempt extends Expected, Waiting {
  /** What was pressed; gone with the page that it stood on. */
  button?: HTMLElement;
}

/** Signing in from inside a page: a window opened in the click, a ticket back, a token for it. */
export class SignIn {
  readonly #context: Context;
  readonly #identity: Identity;
  readonly #account: Account;
  readonly #draft: Draft;
  readonly #pairs = new Pairs();
  /** The attempt whose ticket would be taken. It outlives its window: `closed` and a null opener prove nothing. */
  #attempt: Attempt | null = null;
  /** The attempt of this page before it was loaded again. */
  #before: Waiting | null = null;
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(context: Context, identity: Identity, account: Account, draft: Draft, actions: Actions) {
    this.#context = context;
    this.#identity = identity;
    this.#account = account;
    this.#draft = draft;
    actions.on("sign-in", (button) => this.press(button));
    actions.on("cancel", () => this.#cancel());
    actions.on("back", () => this.#back());
    actions.on("continue-here", () => this.#continueHere());
  }

  /** Listen for tickets, and take the one that came in this page's address. */
  begin(): Promise<void> {
    const { signal, arrival, home } = this.#context.kit;
    this.#before = readJson("sessionStorage", waitingKey(home));
    addEventListener("message", (event) => this.#message(event), { signal });
    awaitTickets((ticket) => this.#take(ticket), signal);
    signal.addEventListener("abort", () => clearInterval(this.#looking));
    return arrival ? this.#arrived(arrival) : Promise.resolve();
  }

  /** Begin with a provider. `early` is the window of a press that came before this script did. */
  press(button: HTMLElement, early?: Window | null): void {
    const pair = this.#pairs.take();
    this.#drop();
    this.#draft.save();
    this.#context.tell("");
    const popup = early ?? openWindow(pair && this.#address(button, pair, "popup"));
    this.#identity.connect(button.dataset.label ?? "");
    void transport(this.#context.kit.home).catch(() => undefined); // chosen now, so that the ticket need not wait
    if (pair) this.#expect(button, pair, popup);
    if (pair && early) early.location.replace(this.#address(button, pair, "popup"));
    if (!pair) this.#beginLate(button, popup).catch((error) => this.#refused(error, button.dataset.provider));
  }

  async #beginLate(button: HTMLElement, popup: Window | null): Promise<void> {
    const pair = await this.#pairs.next();
    this.#expect(button, pair, popup);
    popup?.location.replace(this.#address(button, pair, "popup"));
  }

  #address(button: HTMLElement, { aid, challenge }: Pair, mode: "popup" | "tab"): string {
    const { home, thread } = this.#context.kit;
    const query = threadQuery(thread, { aid, challenge, origin: location.origin, mode, switch: button.dataset.switch ?? "" });
    return `${endpoint(home)}/sign-in/${encodeURIComponent(button.dataset.provider ?? "")}?${query}`;
  }

  #expect(button: HTMLElement, { aid, verifier }: Pair, popup: Window | null): void {
    const provider = button.dataset.provider ?? "";
    const { home } = this.#context.kit;
    this.#attempt = { aid, verifier, popup, button, provider, origin: home.origin };
    // Only now: a window takes along what its opener's session held, and its ticket is for this tab.
    write("sessionStorage", waitingKey(home), JSON.stringify({ aid, verifier, provider } satisfies Waiting));
    clearInterval(this.#looking);
    this.#looking = setInterval(() => this.#look(popup), LOOK_MILLISECONDS);
  }

  #look(popup: Window | null): void {
    if (popup?.closed) this.#identity.closed();
    if (popup) return;
    clearInterval(this.#looking);
    if (!document.hasFocus()) return; // a window that did open has taken the focus
    this.#identity.blocked();
    this.#context.say("popup_blocked", true);
  }

  #drop(): void {
    clearInterval(this.#looking);
    this.#attempt = this.#before = null;
    write("sessionStorage", waitingKey(this.#context.kit.home), null);
  }

  /** The attempt with this id: of this page, or of what it was before, unless another section took that up. */
  #waiting(aid: unknown): Attempt | null {
    if (!this.#before || this.#attempt) return this.#attempt?.aid === aid ? this.#attempt : null;
    const { home } = this.#context.kit;
    const open = this.#before.aid === aid && read("sessionStorage", waitingKey(home));
    return open ? { ...this.#before, popup: null, origin: home.origin } : null;
  }

  #message(event: MessageEvent): void {
    const attempt = this.#waiting(event.data?.aid);
    const message = attempt && fromPopup(event, attempt);
    if (!message) return;
    acknowledge(event, attempt);
    if (message.commentkit === "ticket") this.#take(message);
    else this.#refused(new Refusal(message.code || "cancelled", message.message), attempt.provider);
  }

  /** Take the ticket that is waited for; say whether this was it. */
  #take({ aid, ticket }: Ticket): boolean {
    const attempt = this.#waiting(aid);
    if (!attempt) return false;
    const { verifier, provider } = attempt;
    this.#drop();
    void this.#redeem(aid, ticket, verifier, provider).catch((error: unknown) => this.#refused(error, provider));
    return true;
  }

  async #redeem(aid: string, ticket: string, verifier: string, provider: string): Promise<void> {
    const { home, thread } = this.#context.kit;
    const body = { aid, ticket, verifier, transport: await transport(home), thread };
    const { token, viewer } = await this.#context.ask<{ token: string | null; viewer: Viewer }>("POST", "/sign-in/redeem", body);
    keep(home, token, true);
    this.#account.signedIn(viewer, provider);
  }

  #refused(error: unknown, provider: string | undefined): void {
    this.#drop();
    if (this.#identity.state === "connecting") this.#identity.back(sameButton(provider));
    if (asRefusal(error).code === "ticket_expired") this.#context.say("slept", true);
    else this.#context.fail(error, find(this.#context.kit.section, "[data-form=comment]"));
  }

  #cancel(): void {
    const attempt = this.#attempt;
    this.#drop();
    attempt?.popup?.close();
    this.#identity.back(sameButton(attempt?.provider));
    this.#context.say("cancelled", true);
  }

  // A window that a provider cut off looks closed while somebody signs in there: its ticket is still welcome.
  #back(): void {
    clearInterval(this.#looking);
    this.#identity.back(sameButton(this.#attempt?.provider));
    this.#context.say("window_closed", true);
  }

  /** Leave with this tab, where windows do not open or do not come back. */
  async #continueHere(): Promise<void> {
    const attempt = this.#attempt;
    if (!attempt?.button) return;
    const [pair, { depart }] = await Promise.all([this.#pairs.next(), import("./away.js")]);
    this.#draft.save();
    depart(this.#context.kit.home, pair, attempt.provider);
    this.#drop();
    attempt.popup?.close();
    location.assign(this.#address(attempt.button, pair, "tab"));
  }

  async #arrived(arrival: Arrival): Promise<void> {
    const landing: Landing = { redeem: this.#redeem.bind(this), refused: this.#refused.bind(this) };
    await import("./away.js").then(({ arrive }) => arrive(this.#context, arrival, landing)).catch((error) => this.#context.fail(error));
  }
}

const sameButton = (provider = ""): string => `[data-action=sign-in][data-provider="${CSS.escape(provider)}"]`;
