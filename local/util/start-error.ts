/** The cloud cannot start or go on, and the user can do something about it. Shown without a stack. */
export class StartError extends Error {
  override readonly name = "StartError";
}
