/** The comment that an address points at, the page's own or another by its hash; "" if none. */
export const askedComment = (hash = location.hash): string => /^#comment-(\d+)$/.exec(hash)?.[1] ?? "";
