import { cpSync, globSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { runScript, temporaryFolder } from "../support/process.ts";
import { Wire } from "../support/wire.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const SOURCES = [
  "protocol",
  "functions",
  "wiring",
  "local",
  "client/src",
  "web",
  "package.json",
  "tsconfig.json",
];
const READY = /Token +curl -s (\S+)\/token[\s\S]*Ready after/;
const REBUILD = { timeoutMs: 20_000 };
/** Starts a cloud and waits for several builds. */
const SLOW = { timeout: 120_000 };

const SIGN_OUT = "functions/entrypoints/sign-out.ts";
const COMMAND = "functions/entrypoints/command.ts";
const INDEX = "web/index.html";

const BROKEN = "export const handler = ;\n";
const returning = (result: string) => `export const handler = async () => ${JSON.stringify(result)};\n`;

/** Runs `npm start -- --watch` in a copy of the sources, which the test may change. */
async function startCopy() {
  const root = temporaryFolder();
  for (const path of SOURCES) cpSync(join(ROOT, path), join(root, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  const main = join(root, "local/main.ts");
  const script = runScript(main, "--watch", "--port", "0", "--data", join(root, "data"));
  const [, url = ""] = await script.says(READY);
  return {
    url,
    script,
    edit(path: string, change: (text: string) => string) {
      const file = join(root, path);
      writeFileSync(file, change(readFileSync(file, "utf8")));
    },
    async invokeSignOut(): Promise<unknown> {
      const address = `${url}/2015-03-31/functions/sign-out/invocations`;
      return (await fetch(address, { method: "POST", body: '{"user":"nobody"}' })).json();
    },
    page: async () => (await fetch(url)).text(),
    builtFiles: () =>
      globSync(join(root, ".build/web/**/*.{html,js}")).map((file) => readFileSync(file, "utf8")),
  };
}

test(
  "changed functions run in the next invocation; data, tokens and open connections stay",
  SLOW,
  async () => {
    const { url, script, edit, invokeSignOut } = await startCopy();
    const response = await fetch(`${url}/token`, { method: "POST", body: '{"user":"alice"}' });
    const granted = (await response.json()) as { token: string; url: string };
    const before = await Wire.open(granted);
    const entries = [{ id: "e1", kind: "text", body: { text: "kept" } }];
    before.sendText(JSON.stringify({ type: "send", to: { user: "bob" }, entries }));
    const { conversation } = await before.next("ack");
    expect((await before.history({ conversation })).entries).toHaveLength(1);
    expect(await invokeSignOut()).toEqual({ closed: 0 });

    edit(SIGN_OUT, () => returning("new code"));
    await script.says(/Rebuilt .*sign-out/);
    expect(await invokeSignOut()).toBe("new code");
    edit(COMMAND, (text) => `${text}\nconsole.log("the new one starts");\n`);
    await script.says(/Rebuilt .*command/);

    const after = await Wire.open(granted);
    for (const wire of [before, after]) {
      const history = await wire.history({ conversation });
      expect(history.entries).toMatchObject([{ id: "e1", body: { text: "kept" } }]);
      await wire.close();
    }
    await script.says(/command the new one starts/);
  },
);

test("while a source cannot be built, the last good function stays in use", SLOW, async () => {
  const { script, edit, invokeSignOut } = await startCopy();
  edit(SIGN_OUT, () => returning("good"));
  await script.says(/Rebuilt sign-out/);
  edit(SIGN_OUT, () => BROKEN);
  await script.says(/The functions cannot be built/);
  expect(script.output()).toMatch(/sign-out\.ts:1:\d+/);
  expect(await invokeSignOut()).toBe("good");
  edit(SIGN_OUT, () => returning("mended"));
  await eventually("the mended function", async () => (await invokeSignOut()) === "mended", REBUILD);
});

test(
  "a changed page is built and open pages reload; while it cannot be built, the last good page stays",
  SLOW,
  async () => {
    const { url, script, edit, page, builtFiles } = await startCopy();
    const served = await fetch(url);
    expect(served.headers.get("content-security-policy")).toMatch(/script-src 'self';.*connect-src 'self'/);
    const [, source = "", version = ""] =
      /src="(\.\/local\/reload\.js\?version=([^"]+))"/.exec(await served.text()) ?? [];
    const reloadScript = await fetch(new URL(source, url));
    expect(reloadScript.headers.get("content-type")).toMatch("text/javascript");
    expect(await reloadScript.text()).toContain("location.reload()");
    const versions = readVersions(await fetch(`${url}/local/reload`));
    expect((await versions.next()).value).toBe(version);

    edit(INDEX, (text) => text.replace("<title>Parley", "<title>Changed"));
    const next = (await versions.next()).value;
    expect(next).not.toBe(version);
    expect(await page()).toMatch(`version=${next}`);
    expect(await page()).toContain("<title>Changed");
    for (const text of builtFiles()) expect(text).not.toContain("local/reload");

    edit("web/src/main.tsx", (text) => `${text}\n${BROKEN}`);
    await script.says(/The web page cannot be built/);
    expect(await page()).toContain("<title>Changed");
    edit("web/src/main.tsx", (text) => text.replace(BROKEN, 'console.log("mended");'));
    await versions.next();
    await eventually("the mended page", () => builtFiles().some((text) => text.includes("mended")), REBUILD);
  },
);

/** Yields the data of server-sent events. */
async function* readVersions(response: Response): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) yield event.replace("data: ", "");
  }
}
