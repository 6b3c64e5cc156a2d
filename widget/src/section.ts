import { Account } from "./account";
import { Actions } from "./actions";
import { Comments } from "./comments";
import { Context } from "./context";
import { Draft } from "./draft";
import { find } from "./dom";
import { Form } from "./form";
import { Identity } from "./identity";
import { List } from "./list";
import { Replies } from "./replies";
import { SignIn } from "./signin";
import type { Kit, Start } from "./kit";

/** Bring a section to life: the lazy file's only export. */
export const start: Start = async (kit: Kit): Promise<void> => {
  const context = new Context(kit);
  const actions = new Actions(context);
  const form = find<HTMLFormElement>(kit.section, "[data-form=comment]");
  const comments = new Comments(context);
  offerOwn(context, actions, comments);
  if (!form) return new List(context, comments, actions).begin();
  const replies = new Replies(kit, form, comments, actions);
  const list = new List(context, comments, actions, replies);
  await writing(context, actions, form, comments, replies);
  await list.begin();
};

/** The form and all that belongs to it, in the state the reader left it. */
async function writing(context: Context, actions: Actions, form: HTMLFormElement, comments: Comments, replies: Replies): Promise<void> {
  const { kit } = context;
  const draft = new Draft(kit, form);
  const identity = new Identity(context, form);
  const account = new Account(context, identity, actions);
  const signIn = new SignIn(context, identity, account, draft, actions);
  new Form(context, form, { comments, draft, identity, replies }).begin();
  draft.restore();
  if (find(form, "[data-guest-picture]")) {
    import("./picture.js").then(({ followEmail }) => followEmail(context, form)).catch((error) => context.fail(error));
  }
  replies.under(draft.parent);
  replies.moved = () => draft.save();
  for (const { control, popup } of kit.presses) popup === undefined ? control.click() : signIn.press(control, popup);
  const arrived = signIn.begin();
  await account.first(kit.viewer);
  await arrived;
}

/** Edit and Delete are for those who have something to edit: their file comes with the first such comment. */
function offerOwn(context: Context, actions: Actions, comments: Comments): void {
  let coming: Promise<void> | undefined;
  context.watch((viewer) => {
    if (coming || !Object.keys(viewer.editable).length) return;
    coming = import("./own.js").then(({ Own }) => new Own(context, actions, comments).offer(context.viewer));
    coming.catch((error) => context.fail(error));
  });
}
