import { call } from "./api";
import { threadQuery, type Home, type Thread } from "./home";

export interface OwnComment {
  id: string;
  parent: string | null;
  html: string;
  status?: string;
}

/** All that is personal about a thread, in one answer. */
export interface Viewer {
  state: "signed-out" | "signed-in" | "changing";
  identity: string;
  /** Whether the request carried a proof that holds; a guest may have one and still be signed out. */
  token?: boolean;
  comments: OwnComment[];
  /** Until when each own comment may be changed. */
  editable: Record<string, string>;
  count: number;
  count_text: string;
  /** What the list is headed with, where that is not the count's text. */
  heading?: string;
}

export const fetchViewer = (home: Home, thread: Thread, state = ""): Promise<Viewer> =>
  call<Viewer>(home, "GET", `/viewer?${threadQuery(thread, { state, proof: thread.proof ?? "" })}`);
