/** The comment that the page's address points at, if any. */
export const askedComment = (): string => /^#comment-(\d+)$/.exec(location.hash)?.[1] ?? "";
