import { find } from "./dom";

/** Say an error at the field it belongs to and go there; false when the form has no place for that field. */
export function showError(form: HTMLElement, field: string, message: string): boolean {
  const slot = find(form, `[data-error-for="${CSS.escape(field)}"]`);
  if (!slot) return false;
  slot.textContent = message;
  const input = find<HTMLInputElement>(form, `[name="${CSS.escape(field)}"]`);
  input?.setAttribute("aria-invalid", "true");
  input?.focus();
  return true;
}

export function clearErrors(form: HTMLElement, field?: string): void {
  const which = field ? `="${CSS.escape(field)}"` : "";
  for (const slot of form.querySelectorAll(`[data-error-for${which}]`)) slot.textContent = "";
  for (const input of form.querySelectorAll(`[aria-invalid]${field ? `[name="${CSS.escape(field)}"]` : ""}`)) {
    input.removeAttribute("aria-invalid");
  }
}

export const fieldsOf = (form: HTMLElement, names: readonly string[]): HTMLInputElement[] =>
  names.flatMap((name) => find<HTMLInputElement>(form, `[name="${name}"]`) ?? []);
