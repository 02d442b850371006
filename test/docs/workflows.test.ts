import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { environmentName } from "../../cdk/config/config.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDER = join(ROOT, ".github/workflows");

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly environment?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, { readonly inputs?: Readonly<Record<string, unknown>> } | null>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (file: string): Workflow => parse(readFileSync(join(FOLDER, file), "utf8"));
const files = readdirSync(FOLDER);
const scripts: Record<string, string> = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts;

describe.for(files)("%s", (file) => {
  const { jobs, permissions } = read(file);
  const all = Object.entries(jobs);
  const steps = all.flatMap(([, job]) => job.steps ?? []);

  test("may only read the repository; a job may also prove its identity to AWS", () => {
    expect(permissions).toEqual({ contents: "read" });
    for (const [, job] of all) {
      expect([undefined, "write"]).toContain(job.permissions?.["id-token"]);
      expect({ contents: "read", ...job.permissions, "id-token": "write" }).toEqual({
        contents: "read",
        "id-token": "write",
      });
    }
  });

  test("runs only scripts, files and environments that exist", () => {
    const commands = steps.flatMap(({ run }) => run ?? []).join("\n");
    for (const [, script = ""] of commands.matchAll(/npm run ([\w:-]+)/g))
      expect(scripts).toHaveProperty([script]);
    for (const [, path = ""] of commands.matchAll(/bash (\S+)/g))
      expect(existsSync(join(ROOT, path)), path).toBe(true);
    for (const [, name] of commands.matchAll(/env=(\w+)/g)) expect(() => environmentName(name)).not.toThrow();
  });

  test("each job waits for jobs that exist, and has a timeout", () => {
    for (const [name, job] of all) {
      for (const need of [job.needs ?? []].flat()) expect(Object.keys(jobs), name).toContain(need);
      if (job.uses === undefined) expect(job["timeout-minutes"], name).toBeGreaterThan(0);
    }
  });

  test("each workflow it calls exists and declares the inputs it is given", () => {
    for (const [name, { uses, with: given = {} }] of all) {
      if (uses === undefined) continue;
      const called = read(uses.replace("./.github/workflows/", ""));
      const inputs = called.on.workflow_call?.inputs ?? {};
      expect(Object.keys(inputs), name).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(() => environmentName(given.environment)).not.toThrow();
    }
  });

  test("each action is pinned by its commit, with the version in a comment", () => {
    const text = readFileSync(join(FOLDER, file), "utf8");
    const actions = [...text.matchAll(/uses: (?!\.\/)(.*)/g)].map(([, action]) => action);
    expect(actions).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
    for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});

describe("deploying", () => {
  const { jobs, on } = read("deploy.yml");

  test("goes from dev to staging to prod, each after the one before", () => {
    const before = (name: string): string[] => {
      const needs = [jobs[name]?.needs ?? []].flat();
      return [...needs.flatMap(before), ...needs];
    };
    expect(before("prod")).toEqual(["check", "dev", "staging", "prod-diff"]);
    expect(jobs.dev?.with).toEqual({ environment: "dev", suite: true });
    expect(jobs.prod?.with).toEqual({ environment: "prod" });
  });

  test("runs on main only, never on a pull request", () => {
    expect(on.push).toEqual({ branches: ["main"] });
    expect(on).not.toHaveProperty("pull_request");
  });

  test("each environment has its own role and approval", () => {
    const { deploy } = read("deploy-environment.yml").jobs;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's syntax.
    expect(deploy?.environment).toBe("${{ inputs.environment }}");
    expect(readFileSync(join(FOLDER, "deploy-environment.yml"), "utf8")).not.toMatch(/secrets\.|AKIA/);
  });
});
