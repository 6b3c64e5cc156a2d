// A browser may refuse storage (private windows, blocked site data, quota). Nothing here throws: what cannot be
// stored lives as long as the page.

export type Area = "localStorage" | "sessionStorage";

const memory = new Map<string, string>();

export function read(area: Area, key: string): string | null {
  try {
    return window[area].getItem(key) ?? memory.get(area + key) ?? null;
  } catch {
    return memory.get(area + key) ?? null;
  }
}

/** Store a text, or forget it when it is null; say whether it will outlive this page. */
export function write(area: Area, key: string, text: string | null): boolean {
  memory.delete(area + key);
  try {
    if (text === null) window[area].removeItem(key);
    else window[area].setItem(key, text);
    return true;
  } catch {
    if (text !== null) memory.set(area + key, text);
    return false;
  }
}

export function readJson<T>(area: Area, key: string): T | null {
  try {
    return JSON.parse(read(area, key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** Whether anything at all is stored under this beginning, in either area. */
export function holdsAny(prefix: string): boolean {
  try {
    return [localStorage, sessionStorage].some((area) => Object.keys(area).some((key) => key.startsWith(prefix)));
  } catch {
    return false;
  }
}
