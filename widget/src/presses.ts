import { openWindow } from "./window";

/** A press that came before the lazy file did. A sign-in's window must open inside the click, so it is already open. */
export interface Press {
  control: HTMLElement;
  popup?: Window | null;
}

export interface Held {
  root: ShadowRoot;
  presses: Press[];
  release(): void;
}

/** Hold presses on our controls until the lazy file takes them; links that merely lead somewhere pass. */
export function holdPresses(root: ShadowRoot): Held {
  const presses: Press[] = [];
  const hold = (event: Event) => {
    const control = (event.target as Element).closest<HTMLElement>("[data-action], button");
    if (!control || control.dataset.action === "permalink") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (presses.some((press) => press.control === control)) return;
    presses.push(control.dataset.action === "sign-in" ? { control, popup: openWindow() } : { control });
  };
  root.addEventListener("click", hold, true);
  return { root, presses, release: () => root.removeEventListener("click", hold, true) };
}
