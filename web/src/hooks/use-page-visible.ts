import { useEffect, useState } from "preact/hooks";

function isInFront(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** Does somebody look at the page? */
export function usePageVisible(): boolean {
  const [inFront, setInFront] = useState(isInFront);
  useEffect(() => {
    const look = () => setInFront(isInFront());
    for (const event of ["focus", "blur"]) addEventListener(event, look);
    document.addEventListener("visibilitychange", look);
    return () => {
      for (const event of ["focus", "blur"]) removeEventListener(event, look);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return inFront;
}
