import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { publishedClient } from "./test/support/published-client.ts";

const project = (name: string, folders: string[], options: object = {}) => ({
  test: { name, include: folders.map((folder) => `test/${folder}/**/*.test.{ts,tsx}`), ...options },
});

/** Needs no bundle, process or socket. A slow property run is still allowed its time. */
const FAST = { testTimeout: 60_000, maxWorkers: "100%", sequence: { groupOrder: 0 } };

// Minification renames, so the library is tested as source and as published; what needs no views also as the core alone.
const published = (name: string, index: "index" | "core", exclude: string[] = []) => ({
  plugins: [publishedClient(index)],
  test: {
    name,
    include: ["test/client/library/**/*.test.ts"],
    exclude,
    globalSetup: "test/support/client-package.ts",
    ...FAST,
  },
});

/** Uses the functions' bundles and the web page as they would be deployed. */
const WITH_BUNDLES = { globalSetup: "test/support/bundles.ts" };

// Suites that start an embedded cloud run one file at a time: two cores, and each cloud has workers of its own.
// CI retries a failing test twice and reports it: workers are real processes, and the machine is shared.
const WITH_CLOUD = {
  ...WITH_BUNDLES,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  fileParallelism: false,
  sequence: { groupOrder: 1 },
  retry: process.env.CI ? 2 : 0,
};

/**
 * Files of `e2e` that run once more with queued ingest. A file that needs the queue in either mode starts its cloud with
 * `ingest: "queued"` instead.
 */
const IN_BOTH_MODES = [
  "test/e2e/embedded.test.ts",
  "test/faults/{bad-weather,crashes,deleted-text,floods,group-crashes,kill-nine,pushes,removed-members}.test.ts",
];

// Needs a deployed stack: `npm run test:deployed`.
const DEPLOYED = process.env.PARLEY_OUTPUTS ? [project("deployed", ["deployed"], WITH_CLOUD)] : [];

export default defineConfig({
  test: {
    projects: [
      project("core", ["core", "protocol"], FAST),
      project("client", ["client"], { ...FAST, exclude: ["test/client/package/**"] }),
      project("terminal", ["terminal"], { ...FAST, exclude: ["test/terminal/program/**"] }),
      project("web-unit", ["web"], { ...FAST, exclude: ["test/web/browser/**"] }),
      project("ops", ["ops", "deployment", "bench"], FAST),
      project("docs", ["docs"], FAST),
      // Starts Node, TypeScript or a terminal for each test.
      project("processes", ["terminal/program", "client/package"], FAST),
      published("published", "index"),
      published("published-core", "core", ["test/client/library/{views/**,outbox/storage.test.ts}"]),
      // One process for all: loading aws-cdk-lib is most of what these tests take.
      project("template", ["template"], { ...WITH_CLOUD, isolate: false }),
      project("local", ["local"], WITH_CLOUD),
      project("examples", ["examples"], {
        ...WITH_CLOUD,
        alias: { "@parley/client": join(import.meta.dirname, "client/src/index.ts") },
      }),
      project("contract", ["contract"], WITH_CLOUD),
      project("e2e", ["e2e", "faults", "cost"], WITH_CLOUD),
      {
        test: {
          name: "e2e-queued",
          include: IN_BOTH_MODES,
          provide: { ingest: "queued" as const },
          ...WITH_CLOUD,
        },
      },
      // Pages and gateways wait for each other more than they compute.
      project("web", ["web/browser"], {
        ...WITH_CLOUD,
        fileParallelism: true,
        maxWorkers: 2,
        sequence: { groupOrder: 2 },
      }),
      // Copies the repository, changes the copy, and runs it.
      project("recipes", ["recipes"], { ...WITH_CLOUD, testTimeout: 120_000 }),
      ...DEPLOYED,
    ],
  },
});
