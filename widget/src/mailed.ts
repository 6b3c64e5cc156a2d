// The page that waits for a letter's code, and the one that its link opens. Where both are open in this browser, the link
// hands over to the window that waits, which knows the page of the comment; else it signs in where it stands.
export {};

const ANSWER_MILLISECONDS = 1_000;
const main = document.querySelector<HTMLElement>("main[data-mailed]");
const form = document.querySelector<HTMLFormElement>("form[data-proof]");
const channel = new BroadcastChannel("commentkit-mailed");

interface Said {
  state: string;
  proof?: string;
}

function field(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as HTMLInputElement;
}

function isSaid(value: unknown, form: HTMLFormElement): value is Said {
  return typeof value === "object" && (value as Said | null)?.state === field(form, "state").value;
}

function wait(form: HTMLFormElement): void {
  channel.onmessage = ({ data }: MessageEvent<unknown>): void => {
    if (!isSaid(data, form) || typeof data.proof !== "string") return;
    channel.postMessage({ state: data.state });
    field(form, "proof").value = data.proof;
    form.submit();
  };
}

function handOver(main: HTMLElement, form: HTMLFormElement): void {
  const alone = setTimeout(() => form.submit(), ANSWER_MILLISECONDS);
  channel.onmessage = ({ data }: MessageEvent<unknown>): void => {
    if (!isSaid(data, form)) return;
    clearTimeout(alone);
    for (const each of main.querySelectorAll("form")) each.hidden = true;
    main.querySelector<HTMLElement>("[data-handed]")!.hidden = false;
  };
  channel.postMessage({ state: field(form, "state").value, proof: field(form, "proof").value });
}

if (main && form && main.dataset.mailed === "awaited") wait(form);
if (main && form && main.dataset.mailed === "opened") {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    handOver(main, form);
  });
}
