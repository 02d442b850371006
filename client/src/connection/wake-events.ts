/** Calls `wake` when the network is back or the page is visible again, in browsers. Returns a function that stops it. */
export function onOnlineOrVisible(wake: () => void): () => void {
  const page: EventTarget & { document?: EventTarget & { visibilityState: string } } =
    globalThis as typeof globalThis & EventTarget;
  const { document } = page;
  if (document === undefined) return () => {};
  const visibilityChanged = () => {
    if (document.visibilityState === "visible") wake();
  };
  page.addEventListener("online", wake);
  document.addEventListener("visibilitychange", visibilityChanged);
  return () => {
    page.removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", visibilityChanged);
  };
}
