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

  networkIsBack(): void {
    this.dispatchEvent(new Event("online"));
  }
}
