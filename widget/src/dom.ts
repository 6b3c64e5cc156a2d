/** The first element with this selector, typed. */
export const find = <T extends HTMLElement = HTMLElement>(root: ParentNode, selector: string): T | null =>
  root.querySelector<T>(selector);

/** A copy of what a `<template data-template=…>` of the section holds. */
export function fromTemplate(section: HTMLElement, name: string): HTMLElement | null {
  const template = section.querySelector<HTMLTemplateElement>(`template[data-template="${name}"]`);
  return (template?.content.cloneNode(true) as DocumentFragment | undefined)?.firstElementChild as HTMLElement | null;
}

export const firstControl = (root: ParentNode): HTMLElement | null =>
  find(root, "button:not([hidden]), a[href], input:not([type=hidden])");

export const focus = (element: HTMLElement | null | undefined): void => element?.focus();

/** The article of a comment's list item, not of its replies. */
export const articleOf = (item: HTMLElement | null | undefined): HTMLElement | null =>
  item ? find(item, ":scope > article") : null;

/** The form in which a comment is being edited, if it is. */
export const editIn = (item: HTMLElement): HTMLElement | null => find(item, ":scope > article [data-form=edit]");

/** Base64url of random bytes, or of given ones. */
export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export const random = (bytes: number): string => base64url(crypto.getRandomValues(new Uint8Array(bytes)));
