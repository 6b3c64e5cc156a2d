import { sheetAt } from "./fragment";

/** Written over by the server as it sends this file; a copy served by something else keeps it as it is. */
const DIGEST = "%digest%";

/** The folder of a server's other files, as they were when it sent this one; empty where it did not say. */
export const folderOf = (server: string): string => (/^\w+$/.test(DIGEST) ? `${server}/static/${DIGEST}/` : "");

/**
 * Ask for the style and the lazy script beside the fragment, which names them. A newer server's fragment names others:
 * those are taken, and these were asked for in vain.
 */
export function hasten(folder: string): void {
  if (!folder) return;
  sheetAt(`${folder}commentkit.css`).catch(() => undefined); // both are asked for again when they are named
  import(`${folder}section.js`).catch(() => undefined);
}
