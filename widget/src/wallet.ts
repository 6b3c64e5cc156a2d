// The page that asks a wallet for its account, then for the signature of the message that the page shows.
export {};

interface Wallet {
  request(asked: { method: string; params?: unknown[] }): Promise<unknown>;
}

interface Announced extends Event {
  detail?: { provider?: Wallet };
}

const main = document.querySelector<HTMLElement>("main[data-own]");
let announced: Wallet | undefined;

addEventListener("eip6963:announceProvider", (event: Announced) => (announced ??= event.detail?.provider));
dispatchEvent(new Event("eip6963:requestProvider"));

function wallet(): Wallet | undefined {
  return (window as { ethereum?: Wallet }).ethereum ?? announced;
}

function hex(text: string): string {
  return "0x" + Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function field(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as HTMLInputElement;
}

async function account(asked: Wallet, form: HTMLFormElement): Promise<void> {
  const [address] = (await asked.request({ method: "eth_requestAccounts" })) as string[];
  field(form, "address").value = address ?? "";
}

async function signature(asked: Wallet, form: HTMLFormElement): Promise<void> {
  const message = main?.querySelector("[data-message]")?.textContent ?? "";
  const params = [hex(message), field(form, "address").value];
  field(form, "signature").value = String(await asked.request({ method: "personal_sign", params }));
}

async function go(main: HTMLElement, form: HTMLFormElement): Promise<void> {
  const asked = wallet();
  show(main, "missing", !asked);
  show(main, "failed", false);
  if (!asked) return;
  try {
    await ("account" in form.dataset ? account(asked, form) : signature(asked, form));
    form.submit();
  } catch {
    show(main, "failed", true); // refused, or locked: the wallet has said which
  }
}

function show(main: HTMLElement, what: string, shown: boolean): void {
  main.querySelector<HTMLElement>(`[data-${what}]`)!.hidden = !shown;
}

for (const form of main?.querySelectorAll<HTMLFormElement>("[data-account], [data-signature]") ?? []) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void go(main!, form);
  });
}
