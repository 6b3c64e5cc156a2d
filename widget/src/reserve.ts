// Until it is filled the element reaches below the fold, so that nothing a reader sees moves when the section comes.

export function reserve(host: HTMLElement): void {
  const { top } = host.getBoundingClientRect();
  host.style.display = "block";
  host.style.minHeight = `${Math.max(innerHeight, innerHeight - top)}px`;
}

/** Give back what is not needed: what would pull up anything still in sight stays reserved. */
export function settle(host: HTMLElement): void {
  const { top, height } = host.getBoundingClientRect();
  const kept = Math.min(height, innerHeight - top);
  host.style.minHeight = kept > 0 ? `${kept}px` : "";
  host.style.display = "";
}

/** Give all of it back: nothing comes. */
export function release(host: HTMLElement): void {
  host.style.minHeight = host.style.display = "";
}
