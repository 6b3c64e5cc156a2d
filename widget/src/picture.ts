import { find } from "./dom";
import type { Context } from "./context";

/** Where the site opted in, show the picture that belongs to a guest's e-mail; our server asks for it, this page never. */
export function followEmail(context: Context, form: HTMLFormElement): void {
  const email = find<HTMLInputElement>(form, "[name=email]");
  const image = find<HTMLImageElement>(form, "[data-guest-picture]");
  const proof = find<HTMLInputElement>(form, "[name=picture_proof]");
  if (!email || !image || !proof) return;
  let latest = 0;
  const follow = async () => {
    const turn = ++latest;
    const found = email.value.includes("@") ? await ask(context, email.value) : NOTHING;
    if (turn !== latest) return; // another address was typed meanwhile
    proof.value = found.proof ?? "";
    image.hidden = !found.picture;
    if (found.picture) image.src = new URL(found.picture, context.kit.home.server).href;
  };
  email.addEventListener("change", () => void follow(), { signal: context.kit.signal });
  void follow();
}

interface Found {
  picture: string | null;
  proof: string | null;
}

const NOTHING: Found = { picture: null, proof: null };

// Half an address, too many questions, no network: none of them is the writer's concern.
const ask = (context: Context, email: string): Promise<Found> =>
  context.ask<Found>("POST", "/guest-picture", { email }).catch(() => NOTHING);
