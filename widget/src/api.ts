import { endpoint, type Home } from "./home";
import { proof } from "./token";

const TIMEOUT_MILLISECONDS = 30_000;

export interface Wrong {
  code: string;
  message: string;
  field?: string | null;
}

/** The server's no, with its stable code and its sentence in the reader's language; `network` when it could not be asked. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  /** Each thing that is wrong, with the field it belongs to. */
  readonly errors: Wrong[];

  constructor(code: string, message = "", status = 0, errors: Wrong[] = []) {
    super(message);
    this.code = code;
    this.status = status;
    this.errors = errors;
  }

  /** Whether the proof we sent is no longer one: nobody is signed in here any more. */
  get endsToken(): boolean {
    return this.status === 401 && this.code.startsWith("token");
  }
}

/** Any error as a refusal; the two files each have their own class, so the code tells, not the class. */
export const asRefusal = (error: unknown): Refusal =>
  typeof (error as Refusal).code === "string" ? (error as Refusal) : new Refusal("network");

/** Make a personal call below the site's prefix and return its JSON. Raises `Refusal`, nothing else. */
export async function call<T>(home: Home, method: string, path: string, body?: unknown): Promise<T> {
  const init = proof(home);
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  try {
    const answer = await fetch(endpoint(home) + path, { ...init, ...withBody(init, body), method, signal });
    const json = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) throw refusal(json, answer.status);
    return json as T;
  } catch (error) {
    throw asRefusal(error);
  }
}

const withBody = (init: RequestInit, body: unknown): RequestInit =>
  body === undefined
    ? {}
    : { body: JSON.stringify(body), headers: { ...(init.headers as Record<string, string>), "Content-Type": "application/json" } };

function refusal(json: unknown, status: number): Refusal {
  const { error, errors } = (json ?? {}) as { error?: Wrong; errors?: Wrong[] };
  return new Refusal(error?.code ?? "network", error?.message, status, errors ?? (error && [error]));
}
