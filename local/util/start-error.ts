/** The cloud cannot start (or go on), and the person in front of it can do something: shown without a stack. */
export class StartError extends Error {
  override readonly name = "StartError";
}
