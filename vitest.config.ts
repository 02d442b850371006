import { defineConfig } from "vitest/config";

const project = (name: string, folders: string[], options: object = {}) => ({
  test: { name, include: folders.map((folder) => `test/${folder}/**/*.test.ts`), ...options },
});

// Suites that start an embedded cloud run one file at a time: two cores, and each cloud has workers of its own.
const WITH_CLOUD = { testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false };

export default defineConfig({
  test: {
    globalSetup: "test/support/bundles.ts",
    projects: [
      project("unit", ["unit", "client"], { testTimeout: 30_000 }),
      // One process for all: loading aws-cdk-lib is most of what these tests take.
      project("template", ["template"], { ...WITH_CLOUD, isolate: false }),
      project("local", ["local"], WITH_CLOUD),
      project("contract", ["contract"], WITH_CLOUD),
      project("e2e", ["e2e", "faults", "cost"], WITH_CLOUD),
    ],
  },
});
