import { vi } from "vitest";

/** The parts of a browser's page that the library uses. Call `vi.unstubAllGlobals()` afterwards. */
export class Page extends EventTarget {
  readonly document = Object.assign(new EventTarget(), { visibilityState: "visible" });

  constructor() {
    super();
    vi.stubGlobal("document", this.document);
    vi.stubGlobal("addEventListener", this.addEventListener.bind(this));
    vi.stubGlobal("removeEventListener", this.removeEventListener.bind(this));
  }

  show(visibilityState: "visible" | "hidden"): void {
    this.document.visibilityState = visibilityState;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  /** The browser resumes a page that it had frozen, as a tab of the background. */
  resume(): void {
    this.document.dispatchEvent(new Event("resume"));
  }

  /** The page comes back from the back/forward cache. */
  comeBack(): void {
    this.dispatchEvent(new Event("pageshow"));
  }

  focus(): void {
    this.dispatchEvent(new Event("focus"));
  }

  networkIsGone(): void {
    this.dispatchEvent(new Event("offline"));
  }

  networkIsBack(): void {
    this.dispatchEvent(new Event("online"));
  }
}
