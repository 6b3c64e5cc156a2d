// The script of the sign-in window's last page: hands the result to the page that opened it, then closes. Where there
// is no such page, or it does not answer, the page's own way back stays what the person sees.
import { isReceipt } from "./popup-messages";

const ANSWER_MILLISECONDS = 1_500;

function deliver(main: HTMLElement, opener: Window): void {
  const { aid = "", ticket = "", origin = "", code = "", message = "" } = main.dataset;
  addEventListener("message", (event) => isReceipt(event, { aid, origin, opener }) && close());
  show(main, true);
  setTimeout(show, ANSWER_MILLISECONDS, main, false);
  const result = ticket ? { commentkit: "ticket", aid, ticket } : { commentkit: "failed", aid, code, message };
  opener.postMessage(result, origin);
}

function show(main: HTMLElement, delivering: boolean): void {
  for (const part of main.querySelectorAll<HTMLElement>("[data-delivering]")) part.hidden = !delivering;
  for (const part of main.querySelectorAll<HTMLElement>("[data-way-back]")) part.hidden = delivering;
}

const main = document.querySelector<HTMLElement>("main[data-commentkit-popup]");
if (main?.dataset.aid && main.dataset.origin && opener) deliver(main, opener as Window);
