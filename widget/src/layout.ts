import { drawn, pause } from "./pause";

/** Comments that are laid out before a section shows: more than most screens hold. */
const FIRST = 15;
/** Comments that are laid out in one go, then the browser may do something else: a slow phone takes long for each. */
const STEP = 5;

/**
 * Lay a section out in steps, unseen until a screen of it is ready. What is further down is skipped by the browser
 * while it is out of sight, and laid out by what this returns, so that in the end nothing is estimated: not the page's
 * height, not where a link leads, not what is printed.
 */
export async function layOut(section: HTMLElement): Promise<() => Promise<void>> {
  const items = [...section.querySelectorAll<HTMLElement>("li[data-comment]")];
  const list = section.querySelector<HTMLElement>("[data-comments]");
  for (const item of items) item.dataset.far = "";
  section.style.cssText = "visibility: hidden; --_far: hidden"; // a frame in between must not lay out all in sight at once
  if (list) list.style.display = "none";
  await measured(section);
  if (list) list.style.display = "";
  await measured(section);
  for (let start = 0; start < FIRST; start += STEP) {
    near(items, start);
    await measured(section);
  }
  section.style.visibility = "";
  await measured(section);
  return async () => {
    await pause();
    section.style.cssText = "";
    await measured(section);
    for (let start = FIRST; start < items.length; start += STEP) {
      near(items, start);
      await measured(section);
      await drawn();
    }
  };
}

function near(items: HTMLElement[], start: number): void {
  for (const item of items.slice(start, start + STEP)) delete item.dataset.far;
}

/** Have the browser lay out what is there now, in this task. */
export async function measured(element: HTMLElement): Promise<void> {
  element.getBoundingClientRect();
  await pause();
}
