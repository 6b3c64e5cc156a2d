type Field = HTMLInputElement | HTMLTextAreaElement;

/** The same control in another copy of the section; the control itself where there is none. */
export function counterpart(section: HTMLElement, control: HTMLElement): HTMLElement {
  const around = control.closest("article")?.id;
  const names = ["name", "data-action", "data-provider", "part"].flatMap((name) => {
    const value = control.getAttribute(name);
    return value ? `[${name}="${CSS.escape(value)}"]` : [];
  });
  const place = around ? `#${CSS.escape(around)} ` : "";
  return section.querySelector<HTMLElement>(place + control.localName + names.join("")) ?? control;
}

/** Take what was typed in one copy of the section into another. */
export function carryOver(from: HTMLElement, to: HTMLElement): void {
  for (const field of from.querySelectorAll<Field>("textarea, input:not([type=hidden])")) {
    const twin = counterpart(to, field) as Field;
    if (twin === field || !changed(field)) continue;
    twin.value = field.value;
    if ("checked" in field) (twin as HTMLInputElement).checked = field.checked;
    twin.dispatchEvent(new Event("input", { bubbles: true })); // as if typed there: the draft keeps it
  }
}

const changed = (field: Field): boolean => ("checked" in field && field.checked) || (field.type !== "checkbox" && !!field.value);
