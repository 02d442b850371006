import { useLayoutEffect, useState } from "preact/hooks";
import type { Observable } from "../../../client/src/index.ts";

/** The value as it is now; renders again when it has changed. */
export function useObservable<T>({ getSnapshot, subscribe }: Observable<T>): T {
  const [, render] = useState<T>(getSnapshot);
  useLayoutEffect(() => subscribe((value) => render(() => value)), [subscribe]);
  return getSnapshot();
}
