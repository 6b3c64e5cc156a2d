// The one place of the widget where a string becomes DOM.

interface TrustedPolicy {
  createHTML(text: string): string;
}
interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML(text: string): string }): TrustedPolicy;
}

let policy: TrustedPolicy | undefined;

// Made at first use and once a page: only the script that defined the element ever comes here, so a page's policy
// `trusted-types commentkit` needs no 'allow-duplicates'. It is not put where the page's own scripts could reach it.
function trusted(text: string): string {
  const types = (window as { trustedTypes?: TrustedTypes }).trustedTypes;
  policy ??= types?.createPolicy("commentkit", { createHTML: (same) => same });
  return policy ? policy.createHTML(text) : text;
}

/** Turn HTML that came from a section's server into nodes. */
export function html(text: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = trusted(text);
  return template.content;
}
