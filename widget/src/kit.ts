import type { Arrival } from "./ticket";
import type { Home, Thread } from "./home";
import type { Press } from "./presses";
import type { Viewer } from "./viewer";

/**
 * What the first file hands the lazy one. Either may be older than the other (an old page's cached script, a newer
 * server), so this grows by optional members only.
 */
export interface Kit {
  host: HTMLElement;
  root: ShadowRoot;
  section: HTMLElement;
  home: Home;
  thread: Thread;
  /** Aborted when the element leaves the page or its content is replaced. */
  signal: AbortSignal;
  html(text: string): DocumentFragment;
  /** Fetch a public fragment of this section's server. */
  fetch(address: string): Promise<DocumentFragment>;
  /** Show recent dates as distances. */
  times(root: ParentNode): void;
  /** What was pressed before the lazy file was here. */
  presses: Press[];
  /** The viewer request, already under way for somebody who was signed in when last here. */
  viewer: Promise<Viewer> | undefined;
  arrival: Arrival | undefined;
}

/** The lazy file's only export; resolves when the reader's own state stands in the section. */
export type Start = (kit: Kit) => Promise<void>;

/** Ask who is there as the host has it: the only export of the file for that. */
export type Ask = (opening: Pick<Kit, "host" | "home" | "thread" | "viewer">, section: HTMLElement) => Promise<Viewer>;
