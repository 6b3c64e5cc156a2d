/** Say, over everything, that the waiting window has the ticket and this one could not close itself. */
export function cover(section: HTMLElement): void {
  const template = section.querySelector<HTMLTemplateElement>('template[data-template="signed-in-here"]');
  const content = template?.content.firstElementChild?.cloneNode(true);
  if (!content) return;
  const dialog = content instanceof HTMLDialogElement ? content : document.createElement("dialog");
  if (dialog !== content) dialog.append(content);
  dialog.addEventListener("click", (event) => {
    event.stopPropagation(); // its controls are its own
    if ((event.target as Element).closest("[data-action]")) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  section.append(dialog);
  dialog.showModal();
}
