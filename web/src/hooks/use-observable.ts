import { useLayoutEffect, useState } from "preact/hooks";
import type { Observable } from "../../../client/src/index.ts";

/** Returns the current value and renders again when it changes. */
export function useObservable<T>({ getSnapshot, subscribe }: Observable<T>): T {
  const [, render] = useState<T>(getSnapshot);
  useLayoutEffect(() => subscribe((value) => render(() => value)), [subscribe]);
  return getSnapshot();
}
