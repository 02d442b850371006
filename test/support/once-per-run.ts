const KEY = Symbol.for("parley.test.once-per-run");

type Shared = typeof globalThis & { [KEY]?: Map<string, Promise<void>> };

/**
 * Runs a global setup once per run, although several projects name it: Vitest loads the module anew for each project, so
 * a variable of the module would not be shared.
 */
export function oncePerRun(name: string, setup: () => Promise<void>): Promise<void> {
  const shared = globalThis as Shared;
  shared[KEY] ??= new Map();
  const running = shared[KEY].get(name) ?? setup();
  shared[KEY].set(name, running);
  return running;
}
