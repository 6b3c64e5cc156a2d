import { base64url, random } from "./dom";

const VERIFIER_BYTES = 48;
const AID_BYTES = 18;

/** What one attempt is begun with; the verifier never leaves this tab until it redeems the ticket (RFC 7636, S256). */
export interface Pair {
  aid: string;
  verifier: string;
  challenge: string;
}

/** A pair, made before the press: hashing is asynchronous, and a window must open inside the click. */
export class Pairs {
  #ready: Pair | undefined;
  #coming = this.#make();

  /** Give out the pair that is ready now, if any, and make the next. */
  take(): Pair | undefined {
    const pair = this.#ready;
    if (pair) this.#coming = this.#make();
    return pair;
  }

  /** Give out the next pair as soon as there is one. */
  async next(): Promise<Pair> {
    await this.#coming;
    return this.take() ?? this.next();
  }

  async #make(): Promise<void> {
    this.#ready = undefined;
    const verifier = random(VERIFIER_BYTES);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    this.#ready = { aid: random(AID_BYTES), verifier, challenge: base64url(new Uint8Array(digest)) };
  }
}
