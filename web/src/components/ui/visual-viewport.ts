/**
 * Keeps the page as high as the part of the window that is visible. On iPhones the on-screen keyboard covers the page, and
 * moves it up: without this the header is out of sight, and the end of the thread as soon as one scrolls.
 */
export function fitToVisualViewport(): void {
  const viewport = globalThis.visualViewport;
  // Not in every browser.
  if (!viewport) return;
  const update = () => {
    // Whoever zooms in wants to see a part of the page.
    const isZoomed = viewport.scale > 1.01;
    const { style } = document.documentElement;
    if (isZoomed || viewport.height >= innerHeight) style.removeProperty("--visible-height");
    else {
      style.setProperty("--visible-height", `${viewport.height}px`);
      scrollTo(0, 0);
    }
  };
  viewport.addEventListener("resize", update);
  viewport.addEventListener("scroll", update);
  update();
}
