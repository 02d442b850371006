import { buildWebPage } from "../wiring/build-web-page.ts";
import { bundleFunctions } from "../wiring/bundle.ts";
import { type Arguments, readArguments, USAGE, UsageError } from "./cli/arguments.ts";
import { describeCloud, describeLogLine, repetitionFilter } from "./cli/messages.ts";
import { outliveOutput } from "./cli/output.ts";
import { watchSources } from "./cli/watch.ts";
import { startCloud } from "./cloud.ts";
import { StartError } from "./util/start-error.ts";

async function run(args: Arguments): Promise<void> {
  const startedAtMs = performance.now();
  const watcher = args.watch ? await watchSources() : await buildOnce();
  const withoutRepetitions = repetitionFilter(() => performance.now());
  const { port, gateways, dataDir, ingest, whoMayAdd, watch, verbose } = args;
  const cloud = await startCloud({
    port,
    gateways,
    dataDir,
    ingest,
    whoMayAdd,
    web: { signIn: "development" },
    liveReload: watch,
    log: (line) => console.error(line),
    onLog: (functionName, line) => {
      const text = describeLogLine(functionName, line, verbose);
      const shown = text === undefined || verbose ? text : withoutRepetitions(text);
      if (shown !== undefined) console.error(shown);
    },
  });
  watcher?.update(cloud);
  console.log(
    `${describeCloud(cloud, args)}\n\n  Ready after ${Math.round(performance.now() - startedAtMs)} ms.`,
  );
  const ending = await Promise.race([untilSignal(), cloud.failed]);
  if (ending instanceof Error) console.error(`Parley stops: ${ending.message}`);
  else console.log(`\n${ending}: stopping.`);
  await watcher?.close();
  await cloud.stop();
  process.exit(ending instanceof Error ? 1 : 0);
}

async function buildOnce(): Promise<undefined> {
  bundleFunctions();
  await buildWebPage();
}

/** Resolves with the first signal. A second one ends the process at once, because the default handling is back then. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, resolve);
  });
}

outliveOutput();
try {
  const args = readArguments(process.argv.slice(2));
  if (args === "help") console.log(USAGE);
  else await run(args);
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
  // A StartError says what the user can do: its stack would only hide that.
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
}
