const WIDTH = 520;
const HEIGHT = 700;

/** Open the sign-in window over the middle of this one; null says nothing (a severing COOP looks like a blocker). */
export function openWindow(address = "about:blank"): Window | null {
  const left = Math.round(screenX + Math.max(0, (outerWidth - WIDTH) / 2));
  const top = Math.round(screenY + Math.max(0, (outerHeight - HEIGHT) / 2));
  return window.open(address, "_blank", `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`);
}
