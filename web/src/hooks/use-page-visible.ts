import { useEffect, useState } from "preact/hooks";

function isPageVisible(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** Returns true while the page is visible and has the focus. */
export function usePageVisible(): boolean {
  const [isVisible, setIsVisible] = useState(isPageVisible);
  useEffect(() => {
    const update = () => setIsVisible(isPageVisible());
    for (const event of ["focus", "blur"]) addEventListener(event, update);
    document.addEventListener("visibilitychange", update);
    return () => {
      for (const event of ["focus", "blur"]) removeEventListener(event, update);
      document.removeEventListener("visibilitychange", update);
    };
  }, []);
  return isVisible;
}
