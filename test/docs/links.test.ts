import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

const inFolder = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));

const PAGES = [...inFolder("."), ...inFolder("docs"), "client/README.md", "test/requirements.md"];

/** A quoted path is checked if it begins with one of the repository's folders; builds and data are no part of it. */
const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter(
    (item) =>
      item.isDirectory() && /^(?!node_modules|cdk\.out)\w|^\.(ci|devcontainer|github)$/.test(item.name),
  )
  .map(({ name }) => name);

const SCRIPTS: object = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts;

const read = (page: string) => readFileSync(join(ROOT, page), "utf8");

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}

/** Links to files and headings that do not exist. */
function deadLinks(page: string, markdown: string): string[] {
  const links = [...markdown.matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)]*))?\)/g)];
  return links.flatMap(([, path = "", anchor]) => {
    const target = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(ROOT, target))) return [path];
    if (anchor === undefined || !target.endsWith(".md")) return [];
    const text = target === page ? markdown : read(target);
    return anchorsOf(text).includes(anchor) ? [] : [`${path}#${anchor}`];
  });
}

/** Quoted paths of the repository that do not exist, but for builds and paths with a placeholder or a wildcard. */
function deadPaths(markdown: string): string[] {
  const quoted = [...markdown.matchAll(/`([\w.-]+\/[^`\s:]*)`/g)].map(([, path = ""]) => path);
  return quoted.filter((path) => {
    const [folder = ""] = path.split("/");
    return FOLDERS.includes(folder) && !/[*<>{}…]|\/dist\b/.test(path) && !existsSync(join(ROOT, path));
  });
}

describe.for(PAGES)("%s", (page) => {
  test("links to files and headings that exist", () => {
    expect(deadLinks(page, read(page))).toEqual([]);
  });

  test("names paths that exist", () => {
    expect(deadPaths(read(page))).toEqual([]);
  });

  test("runs scripts that exist", () => {
    const scripts = [...read(page).matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name);
    expect(scripts.filter((name = "") => !Object.hasOwn(SCRIPTS, name))).toEqual([]);
  });
});

test("both checks notice a bad example", () => {
  const example = [
    "# A heading, with `code`",
    "[here](#a-heading-with-code) [gone](#gone) [file](docs/gone.md) [far](https://example.com/gone)",
    "`docs/style.md` `docs/gone.md` `test/*.gone.ts` `functions/handlers/<name>.ts` `text/plain`",
  ].join("\n");
  expect(deadLinks("README.md", example)).toEqual(["#gone", "docs/gone.md"]);
  expect(deadPaths(example)).toEqual(["docs/gone.md"]);
});
