/** Calls when a browser says that the network is back or the page is looked at again. Returns how to stop. */
export function onOnlineOrVisible(wake: () => void): () => void {
  const page: EventTarget & { document?: EventTarget & { visibilityState: string } } =
    globalThis as typeof globalThis & EventTarget;
  const { document } = page;
  if (document === undefined) return () => {};
  const looked = () => {
    if (document.visibilityState === "visible") wake();
  };
  page.addEventListener("online", wake);
  document.addEventListener("visibilitychange", looked);
  return () => {
    page.removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", looked);
  };
}
