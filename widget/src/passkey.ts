// The page that uses a passkey or makes one: asks the browser, and sends what it gives as a form.
export {};

const ALGORITHMS = [-8, -7, -257]; // EdDSA, ES256, RS256
const main = document.querySelector<HTMLElement>("main[data-challenge]");

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

function text(data: ArrayBuffer | null): string {
  const plain = String.fromCharCode(...new Uint8Array(data ?? new ArrayBuffer(0)));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function use(page: DOMStringMap): Promise<Credential | null> {
  return navigator.credentials.get({
    publicKey: {
      challenge: bytes(page.challenge ?? ""),
      rpId: page.host ?? "",
      userVerification: "preferred",
      timeout: Number(page.milliseconds),
    },
  });
}

function make(page: DOMStringMap, name: string): Promise<Credential | null> {
  return navigator.credentials.create({
    publicKey: {
      challenge: bytes(page.challenge ?? ""),
      rp: { id: page.host ?? "", name: page.site ?? "" },
      user: { id: bytes(page.handle ?? ""), name, displayName: name },
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "preferred" },
      attestation: "none",
      timeout: Number(page.milliseconds),
    },
  });
}

// Spelled here: not every browser that knows passkeys knows `toJSON`.
function spelled(given: PublicKeyCredential): string {
  const said = given.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const response = said.attestationObject
    ? { clientDataJSON: text(said.clientDataJSON), attestationObject: text(said.attestationObject) }
    : {
        clientDataJSON: text(said.clientDataJSON),
        authenticatorData: text(said.authenticatorData),
        signature: text(said.signature),
        userHandle: text(said.userHandle),
      };
  return JSON.stringify({ id: given.id, rawId: text(given.rawId), type: given.type, response, clientExtensionResults: {} });
}

function field(form: HTMLFormElement, name: string): HTMLInputElement | null {
  return form.elements.namedItem(name) as HTMLInputElement | null;
}

async function ask(main: HTMLElement, form: HTMLFormElement): Promise<void> {
  const failed = main.querySelector<HTMLElement>("[data-failed]")!;
  failed.hidden = true;
  const name = field(form, "name")?.value.trim();
  try {
    const given = await (name === undefined ? use(main.dataset) : make(main.dataset, name));
    field(form, "credential")!.value = spelled(given as PublicKeyCredential);
    form.submit();
  } catch {
    failed.hidden = false; // cancelled, timed out, refused: the browser has said which
  }
}

if (main && "PublicKeyCredential" in window) {
  for (const form of main.querySelectorAll<HTMLFormElement>("[data-use], [data-make]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void ask(main, form);
    });
  }
} else if (main) {
  main.querySelector<HTMLElement>("[data-missing]")!.hidden = false;
}
