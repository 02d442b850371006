import type { BuildWatcher } from "../../wiring/build-watcher.ts";
import { watchWebPage } from "../../wiring/build-web-page.ts";
import { watchFunctions } from "../../wiring/bundle.ts";
import type { Cloud } from "../cloud-options.ts";

export interface SourceWatcher extends BuildWatcher {
  /** Makes the cloud use all later builds. */
  update(cloud: Cloud): void;
}

/** Builds the functions and the page, and builds them again when their sources change. */
export async function watchSources(): Promise<SourceWatcher> {
  const started = Promise.withResolvers<Cloud>();
  const functions = await watchFunctions({
    async rebuilt(names) {
      const cloud = await started.promise;
      for (const name of names) cloud.functions.reload(name);
      console.log(`Rebuilt ${names.join(", ")}.`);
    },
    failed: () => console.error("The functions cannot be built: the last good bundles stay in use."),
  });
  const page = await watchWebPage({
    async rebuilt() {
      const cloud = await started.promise;
      cloud.reloadPage();
      console.log("Rebuilt the web page.");
    },
    failed: () => console.error("The web page cannot be built: the last good page stays in use."),
  });
  return {
    update: started.resolve,
    async close() {
      await Promise.all([functions.close(), page.close()]);
    },
  };
}
