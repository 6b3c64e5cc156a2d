import { drop, held, keep } from "./token";
import { emit } from "./emit";
import { fetchViewer, type Viewer } from "./viewer";
import { find, focus } from "./dom";
import { sameHome, storageKey, type Home } from "./home";
import type { Actions } from "./actions";
import type { Context } from "./context";
import type { Identity } from "./identity";
import type { Refusal } from "./api";

/** What a viewer does with the accounts they hold here: log out, change, keep, use another, write as a guest. */
export class Account {
  readonly #context: Context;
  readonly #identity: Identity;
  readonly #text: HTMLElement | null;

  constructor(context: Context, identity: Identity, actions: Actions) {
    this.#context = context;
    this.#identity = identity;
    this.#text = find(context.kit.section, "[data-form=comment] [name=text]");
    actions.on("sign-out", () => this.#signOut());
    actions.on("change", () => this.#change());
    actions.on("keep", () => identity.back("[data-action=change]"));
    actions.on("use", (control) => this.#use(control.dataset.identity ?? ""));
    actions.on("guest", () => identity.asGuest());
    this.#followOthers();
  }

  /** Show who was signed in here when the page was last open; a token that has ended since is dropped in silence. */
  async first(early?: Promise<Viewer>): Promise<void> {
    const { home } = this.#context.kit;
    if (!early && !held(home)) return;
    try {
      const viewer = await (early ?? this.#ask());
      this.#context.apply(viewer);
      if (viewer.token === false) drop(home);
      else if (!held(home)) keep(home, null, true); // they came with a cookie of the pages without scripts
    } catch (error) {
      if ((error as Refusal).endsToken) drop(home);
      else this.#context.fail(error);
    }
  }

  /** Take the answer of a sign-in: the viewer is back in the form. */
  signedIn(viewer: Viewer, provider: string): void {
    this.#identity.chose(provider);
    this.#context.apply(viewer);
    this.#context.say("signed_in");
    focus(this.#text);
    const { host, home } = this.#context.kit;
    emit(host, "signed-in", { provider, server: home.server, site: home.site });
  }

  async #signOut(): Promise<void> {
    const { thread } = this.#context.kit;
    this.#context.signOut(await this.#context.ask<Viewer>("POST", "/sign-out", { thread }));
    this.#context.say("signed_out");
    focus(find(this.#context.kit.section, "[part~=identity] button, [part~=identity] input"));
  }

  async #change(): Promise<void> {
    this.#identity.over((await this.#ask("changing")).identity);
  }

  async #use(identity: string): Promise<void> {
    const { thread } = this.#context.kit;
    this.#context.apply(await this.#context.ask<Viewer>("POST", "/identity", { identity, thread }));
    focus(this.#text);
  }

  #ask(state = ""): Promise<Viewer> {
    const { home, thread } = this.#context.kit;
    return fetchViewer(home, thread, state);
  }

  /** Follow what other sections and other tabs of the same site do: one sign-in is everybody's. */
  #followOthers(): void {
    const { home, host, signal } = this.#context.kit;
    const follow = (event: Event) => {
      if (event.target !== host && sameHome((event as CustomEvent<Home>).detail, home)) void this.#refresh();
    };
    addEventListener("commentkit:signed-in", follow, { signal });
    addEventListener("commentkit:signed-out", follow, { signal });
    addEventListener("storage", (event) => event.key === storageKey(home) && void this.#refresh(), { signal });
  }

  async #refresh(): Promise<void> {
    if (!held(this.#context.kit.home)) this.#context.forget();
    else await this.first();
  }
}
