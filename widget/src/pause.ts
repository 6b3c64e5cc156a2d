/** Longest that a frame is waited for: a hidden page draws none. */
const FRAME_MILLISECONDS = 500;

/** Let the browser do what waits, a press or a frame, before what comes next. */
export function pause(): Promise<void> {
  const { scheduler } = window as { scheduler?: { yield?: () => Promise<void> } };
  return scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve));
}

/** Wait until what stands on the page has been drawn. */
export const drawn = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, FRAME_MILLISECONDS);
  });
