import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { publishedClient } from "./test/support/published-client.ts";

// Minifying renames: the library is tested as it is written, and as it is published; what needs no views also without.
const published = (name: string, index: "index" | "core", others: string[]) => ({
  plugins: [publishedClient(index)],
  test: {
    name,
    include: ["test/client/*.test.ts"],
    exclude: [`test/client/{${others}}.test.ts`],
    globalSetup: "test/support/client-package.ts",
    testTimeout: 30_000,
  },
});

const OF_PARTS = [
  "chat-*",
  "package",
  "content",
  "conversation-state",
  "outbox",
  "reading",
  "reconnect-policy",
];
const WITH_INDEX = [...OF_PARTS, "signing-in"];
const WITH_CORE = [...WITH_INDEX, "views", "storage"];

const project = (name: string, folders: string[], options: object = {}) => ({
  test: { name, include: folders.map((folder) => `test/${folder}/**/*.test.{ts,tsx}`), ...options },
});

// Suites that start an embedded cloud run one file at a time: two cores, and each cloud has workers of its own.
// In CI what fails there is tried twice more, and the report says so: workers are real processes, and the machine is shared.
const WITH_CLOUD = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  fileParallelism: false,
  retry: process.env.CI ? 2 : 0,
};

// Needs a stack to be deployed somewhere: `npm run test:deployed`.
const DEPLOYED = process.env.PARLEY_OUTPUTS ? [project("deployed", ["deployed"], WITH_CLOUD)] : [];

export default defineConfig({
  test: {
    globalSetup: "test/support/bundles.ts",
    projects: [
      project("unit", ["unit", "client", "page"], { testTimeout: 30_000 }),
      published("published", "index", WITH_INDEX),
      published("published-core", "core", WITH_CORE),
      // One process for all: loading aws-cdk-lib is most of what these tests take.
      project("template", ["template"], { ...WITH_CLOUD, isolate: false }),
      project("local", ["local"], WITH_CLOUD),
      project("examples", ["examples"], {
        ...WITH_CLOUD,
        alias: { "@parley/client": join(import.meta.dirname, "client/src/index.ts") },
      }),
      project("contract", ["contract"], WITH_CLOUD),
      project("e2e", ["e2e", "faults", "cost"], WITH_CLOUD),
      project("web", ["web"], WITH_CLOUD),
      ...DEPLOYED,
    ],
  },
});
