import { departureKey, type Arrival, type Departure } from "./ticket";
import { find, focus } from "./dom";
import { Refusal } from "./api";
import { write } from "./storage";
import type { Context } from "./context";
import type { Home } from "./home";
import type { Pair } from "./pkce";

/** Keep what the return needs, in this tab. Raises `Refusal` where the browser keeps nothing beyond the page. */
export function depart(home: Home, { aid, verifier }: Pair, provider: string): void {
  const departure: Departure = { home, verifier, provider };
  if (!write("sessionStorage", departureKey(aid), JSON.stringify(departure))) throw new Refusal("network");
}

/** What a ticket in the page's address leads to. */
export interface Landing {
  redeem(aid: string, ticket: string, verifier: string, provider: string): Promise<void>;
  refused(error: unknown, provider: string): void;
}

/** Take in the ticket of the page's address: sign in where this tab left with it, else say that nobody waited for it. */
export async function arrive(context: Context, { departure, aid, ticket, handed }: Arrival, landing: Landing): Promise<void> {
  const { section } = context.kit;
  write("sessionStorage", departureKey(aid), null);
  if (!departure) {
    if (!(await handed)) whenShown(section, () => context.say("slept", true));
    return;
  }
  const { verifier, provider } = departure;
  await landing.redeem(aid, ticket, verifier, provider).then(
    () => whenShown(section, () => focus(find(section, "[data-form=comment] [name=text]"))),
    (error: unknown) => whenShown(section, () => landing.refused(error, provider)),
  );
}

// The section stays unseen until it is in the state its reader left, and what is unseen takes no focus.
function whenShown(section: HTMLElement, act: () => void): void {
  const observer = new ResizeObserver(() => {
    if (!section.offsetHeight) return;
    observer.disconnect();
    act();
  });
  observer.observe(section);
}
