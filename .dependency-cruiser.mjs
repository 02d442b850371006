/** Import boundaries of the house: dependencies point inward. See CONTRIBUTING.md. */

const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });
const inside = (...folders) => ({ path: folders.map((folder) => `^${folder}/`) });

/** From `folder` only these are imported: folders of ours and packages. */
const only = (folder, allowed, comment) =>
  rule(`${folder.replaceAll("/", "-")}-imports`, comment, inside(folder), {
    pathNot: [`^${folder}/`, ...allowed],
  });

/**
 * Rules for the floors of a folder, bottom first. A room is a subfolder or a file of `folder`, named without its ending;
 * it imports itself and rooms of lower floors, never its neighbours or what stands above it.
 */
const floors = (folder, levels) => {
  const name = folder.replaceAll("/", "-");
  const room = (rooms) => `^${folder}/(${rooms.join("|")})(?:/|[.](?:tsx?|mjs)$)`;
  return [
    ...levels.map((rooms, level) =>
      rule(
        `${name}-floor-${level}`,
        `${rooms.join(", ")}: imports only from lower floors (${levels.slice(0, level).flat().join(", ") || "there are none"}).`,
        { path: room(rooms) },
        {
          path: `^${folder}/`,
          pathNot: [
            `^${folder}/$1(?:/|[.](?:tsx?|mjs)$)`,
            ...(level > 0 ? [room(levels.slice(0, level).flat())] : []),
          ],
        },
      ),
    ),
    rule(
      `${name}-every-room-has-a-floor`,
      "A new room must be added to the floors of its folder.",
      { path: `^${folder}/.*[.](?:tsx?|mjs)$`, pathNot: room(levels.flat()) },
      {},
    ),
  ];
};

const OURS = (folder) => `^${folder}/`;
const NPM = (name) => `^node_modules/${name}/`;
const NODE =
  "^(node:)?(crypto|fs|path|http|os|url|module|child_process|worker_threads|timers|stream|util|net|readline|diagnostics_channel|sqlite|tty|events|assert|perf_hooks)(/|$)";

export default {
  forbidden: [
    rule(
      "no-cycles",
      "A cycle is two modules that are one, also when only types point back.",
      {},
      { circular: true },
    ),
    only("protocol", [NPM("valibot")], "The wire contract imports nothing of ours."),
    only("wiring", [NPM("(esbuild|vite)"), NODE], "What is shared by all depends on nobody."),
    only(
      "functions/core",
      [OURS("protocol"), OURS("functions/ports"), NPM("valibot"), NPM("p-map"), NODE],
      "Rules run without AWS: no SDK, no adapter, no handler.",
    ),
    ...floors("functions/core", [
      ["shared", "log", "request"],
      ["presence"],
      ["delivery", "connections", "invitations"],
      ["commit", "ingest", "receipts"],
      ["query", "settings", "erase"],
      ["command"],
    ]),
    only(
      "functions/ports",
      [OURS("protocol"), "^wiring/metrics.ts$", NPM("valibot")],
      "Promises are made of types, and of the metrics' names.",
    ),
    only(
      "functions/adapters",
      [
        OURS("protocol"),
        OURS("wiring"),
        OURS("functions/(core|ports)"),
        NPM("(@aws-sdk|jose|p-map|valibot)"),
        NODE,
      ],
      "An adapter knows its port and its service.",
    ),
    only(
      "functions/handlers",
      [OURS("protocol"), OURS("functions/(core|ports)"), NPM("(valibot|@types/aws-lambda)"), "^aws-lambda$"],
      "A handler translates an event into one call of core.",
    ),
    only(
      "cdk",
      [OURS("wiring"), NPM("(aws-cdk-lib|constructs|valibot)"), NODE],
      "Infrastructure shares the manifest with the functions and nothing else.",
    ),
    rule(
      "client-imports",
      "The library people install depends on the contract alone; its storage for Node on Node.",
      { path: "^client/src/", pathNot: "^client/src/node.ts$" },
      { pathNot: ["^client/src/", OURS("protocol")] },
    ),
    rule(
      "client-without-views",
      "Everything but the full library and the helpers of user interfaces works without views: bots do not load them.",
      { path: "^client/src/", pathNot: "^client/src/(views|ui|index)(/|[.]ts$)" },
      { path: "^client/src/views/" },
    ),
    ...floors("client/src", [
      ["util"],
      ["api"],
      ["connection", "storage"],
      ["settings", "outbox", "sync"],
      ["session"],
      ["engine"],
      ["views"],
      ["index", "core", "indexeddb", "node", "ui"],
    ]),
    rule(
      "client-node-imports",
      "The library people install depends on the contract alone; its storage for Node on Node.",
      { path: "^client/src/node.ts$" },
      { pathNot: ["^client/src/", NODE] },
    ),
    only(
      "web",
      [
        "^client/src/(index|indexeddb|ui).ts$",
        "^wiring/(web-page|hops|entry-ids)",
        NPM("(preact|oidc-client-ts|jwt-decode|vite|@fontsource-variable/inter)"),
        NODE,
      ],
      "The page uses the library as anybody would.",
    ),
    ...floors("web/src", [
      ["storage"],
      ["account", "format", "page-config", "styles"],
      ["state"],
      ["hooks"],
      ["components/ui"],
      ["inspector"],
      ["components"],
      ["main"],
    ]),
    rule(
      "web-format",
      "Words are made of the client's types alone, so their tests need no browser.",
      inside("web/src/format"),
      { path: "^(web/src|wiring|node_modules)/", pathNot: "^web/src/format/" },
    ),
    rule("web-ui", "Menus, dialogs and icons know nothing of chat.", inside("web/src/components/ui"), {
      path: "^web/src/",
      pathNot: "^web/src/(components/ui|format)/",
    }),
    only(
      "terminal",
      [
        "^client/src/(index|node|ui).ts$",
        "^local/default-port.ts$",
        "^deployment/",
        NPM("(jose|string-width|wrap-ansi)"),
        NODE,
      ],
      "The terminal uses the library as anybody would, and finds a stack as operators' tools do.",
    ),
    ...floors("terminal", [
      ["text", "access"],
      ["session", "commands"],
      ["format", "cli"],
      ["lines", "screen", "script"],
      ["main"],
    ]),
    only(
      "backend",
      [OURS("protocol"), OURS("functions/(adapters|core|ports)"), NPM("valibot"), NODE],
      "What a back end publishes is what `send` publishes.",
    ),
    only(
      "deployment",
      [OURS("wiring"), NPM("(@aws-sdk|jose|valibot)"), NODE],
      "How to find a deployed stack and its user pool; operators' tools and the terminal stand on it.",
    ),
    only(
      "ops",
      [
        OURS("deployment"),
        OURS("protocol"),
        OURS("wiring"),
        OURS("functions/(adapters|core/log|ports)"),
        NPM("(@aws-sdk|jose|p-map|valibot|ws|@types/ws)"),
        NODE,
      ],
      "An operator's tool speaks of records as the functions do.",
    ),
    only(
      "examples",
      [
        "^parley/",
        "^@parley/client",
        NPM(
          "(aws-cdk-lib|constructs|@aws-sdk|@types/aws-lambda|react|react-dom|@types/react|@types/react-dom)",
        ),
        "^aws-lambda$",
        NODE,
      ],
      "An example has what a stranger has: the packages.",
    ),
    rule(
      "local-runs-bundles",
      "The embedded cloud runs the functions' bundles; it never imports their source.",
      inside("local"),
      { path: "^functions/" },
    ),
    rule(
      "nobody-imports-tests",
      "Tests are leaves; benches are built of the same parts.",
      { pathNot: "^(test|bench)/" },
      { path: "^test/" },
    ),
    rule(
      "nobody-imports-bench",
      "Only tests use the simulation.",
      { pathNot: "^(test|bench)/" },
      { path: "^bench/" },
    ),
    ...floors("local", [
      ["util", "default-port", "check-node"],
      ["http", "data-folder"],
      ["dynamodb", "messaging", "lambda", "issuer", "gateway"],
      ["web", "cloud-options", "outputs"],
      ["cloud"],
      ["cli"],
      ["main"],
    ]),
    rule(
      "not-to-dev-dep",
      "What is deployed depends on what is declared as a dependency.",
      inside("functions", "protocol", "client/src"),
      {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        pathNot: NPM("@types"),
      },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // TypeScript 7 has no API for it yet.
    parser: "swc",
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
