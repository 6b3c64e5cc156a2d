import type { Context } from "./context";

type Handler = (control: HTMLElement) => unknown;

/** One click listener for all controls of a section; `data-action` names what each does. */
export class Actions {
  readonly #context: Context;
  readonly #handlers = new Map<string, Handler>();
  readonly #busy = new WeakSet<HTMLElement>();

  constructor(context: Context) {
    this.#context = context;
    const { root, signal } = context.kit;
    root.addEventListener("click", (event) => this.#click(event as MouseEvent), { signal });
  }

  on(action: string, handler: Handler): void {
    this.#handlers.set(action, handler);
  }

  #click(event: MouseEvent): void {
    const control = (event.target as Element).closest<HTMLElement>("[data-action]");
    const handler = control && this.#handlers.get(control.dataset.action ?? "");
    if (!handler || event.defaultPrevented || opensElsewhere(event, control)) return;
    event.preventDefault();
    void this.run(control, handler);
  }

  /** Run a control's handler unless it is running already: a second press is the same press. */
  async run(control: HTMLElement, handler: Handler): Promise<void> {
    if (this.#busy.has(control)) return;
    this.#busy.add(control);
    this.#context.tell(""); // what was said before is over
    try {
      await handler(control);
    } catch (error) {
      this.#context.fail(error, control);
    } finally {
      this.#busy.delete(control);
    }
  }
}

const opensElsewhere = (event: MouseEvent, control: HTMLElement): boolean => control.localName === "a" && asksElsewhere(event);

/** Whether a press on a link asks for another tab, or another window. */
export const asksElsewhere = (event: MouseEvent): boolean => event.ctrlKey || event.metaKey || event.shiftKey || !!event.button;
