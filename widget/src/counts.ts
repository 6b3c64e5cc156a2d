import { endpoint, FRESH, type Home } from "./home";

const MOST_A_REQUEST = 100;

interface Counts {
  counts: Record<string, { count: number; text: string }>;
}

/**
 * Write each counted link's text ("3 comments") in the language of what stands around it, all of a language in one
 * request. A link's value is its thread's key; empty: its address.
 */
export async function countLinks(home: Home, language: string): Promise<void> {
  const links = [...document.querySelectorAll<HTMLAnchorElement>("a[data-commentkit-count]")].filter((link) => isOurs(link, home));
  const groups = grouped(links, (link) => languageAround(link) || language);
  await Promise.all([...groups].map(([spoken, group]) => count(home, spoken, group)));
}

async function count(home: Home, language: string, links: HTMLAnchorElement[]): Promise<void> {
  const asked = grouped(links, question);
  const questions = [...asked.keys()];
  for (let at = 0; at < questions.length; at += MOST_A_REQUEST) {
    const { counts } = await ask(home, questions.slice(at, at + MOST_A_REQUEST), language);
    for (const [asking, group] of asked) write(group, counts[asking.slice(asking.indexOf("=") + 1)]?.text);
  }
}

function grouped(links: HTMLAnchorElement[], by: (link: HTMLAnchorElement) => string): Map<string, HTMLAnchorElement[]> {
  const groups = new Map<string, HTMLAnchorElement[]>();
  for (const link of links) groups.set(by(link), [...(groups.get(by(link)) ?? []), link]);
  return groups;
}

/** The language of a part of the page; the page's own gives way to what the tag says. */
const languageAround = (link: HTMLElement): string => link.closest<HTMLElement>("[lang]:not(:root)")?.lang ?? "";

/** Whether this server and site count the link: the first tag that saw it, where several stand on one page. */
function isOurs(link: HTMLAnchorElement, home: Home): boolean {
  link.dataset.commentkitCounted ??= endpoint(home);
  return link.dataset.commentkitCounted === endpoint(home);
}

function question(link: HTMLAnchorElement): string {
  const key = link.dataset.commentkitCount;
  return key ? `key=${key}` : `url=${link.href.split("#")[0]}`;
}

async function ask(home: Home, questions: string[], language: string): Promise<Counts> {
  const query = new URLSearchParams(questions.map((asking) => splitOnce(asking)));
  if (language) query.set("lang", language);
  try {
    const answer = await fetch(`${endpoint(home)}/counts?${query}`, FRESH);
    return answer.ok ? ((await answer.json()) as Counts) : { counts: {} };
  } catch {
    return { counts: {} }; // the links keep the text that the page gave them
  }
}

const splitOnce = (text: string): [string, string] => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)];

function write(links: HTMLAnchorElement[], text: string | undefined): void {
  for (const link of links) if (text !== undefined) link.textContent = text;
}
