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
  const room = (rooms) => `^${folder}/(${rooms.join("|")})(?:/|[.]tsx?$)`;
  return [
    ...levels.map((rooms, level) =>
      rule(
        `${name}-floor-${level}`,
        `${rooms.join(", ")}: imports only from lower floors (${levels.slice(0, level).flat().join(", ") || "there are none"}).`,
        { path: room(rooms) },
        {
          path: `^${folder}/`,
          pathNot: [
            `^${folder}/$1(?:/|[.]tsx?$)`,
            ...(level > 0 ? [room(levels.slice(0, level).flat())] : []),
          ],
        },
      ),
    ),
    rule(
      `${name}-every-room-has-a-floor`,
      "A new room must be added to the floors of its folder.",
      { path: `^${folder}/`, pathNot: room(levels.flat()) },
      {},
    ),
  ];
};

const OURS = (folder) => `^${folder}/`;
const NPM = (name) => `^node_modules/${name}/`;
const NODE =
  "^(node:)?(crypto|fs|path|http|os|url|module|child_process|worker_threads|timers|stream|util|net|readline|diagnostics_channel|sqlite|tty|events|assert|perf_hooks)(/|$)";

// --- core floors ---
/** Rooms of functions/core, from the ground floor up. A room imports from floors below its own, and nothing else of core. */
const CORE_FLOORS = [
  ["shared", "log", "request"],
  ["presence"],
  ["delivery", "connections"],
  ["commit", "ingest", "receipts"],
  ["query", "settings"],
  ["command"],
];
const coreRooms = (rooms) => `^functions/core/(${rooms.join("|")})(/|[.]ts$)`;
const CORE_FLOOR_RULES = [
  ...CORE_FLOORS.flatMap((rooms, floor) =>
    rooms.map((room) =>
      rule(
        `core-${room}-imports`,
        `In functions/core, ${room} imports from the floors below it: ${CORE_FLOORS.slice(0, floor).flat().join(", ") || "none"}.`,
        { path: coreRooms([room]) },
        { path: "^functions/core/", pathNot: coreRooms([room, ...CORE_FLOORS.slice(0, floor).flat()]) },
      ),
    ),
  ),
  rule(
    "core-room-has-a-floor",
    "A new room of functions/core gets a floor in CORE_FLOORS.",
    { path: "^functions/core/", pathNot: coreRooms(CORE_FLOORS.flat()) },
    {},
  ),
];
// --- end of core floors ---

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
    // Floors of client/src.
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
    // web floors: main <- components <- inspector <- components/ui <- hooks <- state <- account, format
    rule(
      "web-format",
      "Words are made of the client's types alone, so their tests need no browser.",
      { path: "^web/src/format/" },
      { path: "^(web/src|wiring|node_modules)/", pathNot: "^web/src/format/" },
    ),
    rule(
      "web-account",
      "Signing in knows nothing of the chat it is for.",
      { path: "^web/src/account/" },
      { path: "^web/src/", pathNot: "^web/src/account/" },
    ),
    rule(
      "web-state",
      "State does not know what renders it.",
      { path: "^web/src/state/" },
      { path: "^web/src/", pathNot: "^web/src/(state|account|format)/" },
    ),
    rule(
      "web-hooks",
      "A hook reads the state for any component.",
      { path: "^web/src/hooks/" },
      { path: "^web/src/", pathNot: "^web/src/(hooks|state|account|format)/" },
    ),
    rule(
      "web-ui",
      "Menus, dialogs and icons know nothing of chat.",
      { path: "^web/src/components/ui/" },
      { path: "^web/src/", pathNot: "^web/src/(components/ui|format)/" },
    ),
    rule(
      "web-inspector",
      "The inspector is beside the chat: it uses the same state, and no component of the chat.",
      { path: "^web/src/inspector/" },
      { path: "^web/src/", pathNot: "^web/src/(inspector|components/ui|hooks|state|format)/" },
    ),
    rule(
      "web-main",
      "Only main.tsx puts the page together.",
      { path: "^web/src/(?!main\\.tsx$)" },
      { path: "^web/src/(main\\.tsx|page-config\\.ts)$" },
    ),
    // end of web floors
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
    // terminal floors: begin
    ...Object.entries({
      text: [],
      access: [],
      session: ["access", "text"],
      commands: ["text"],
      format: ["session", "text"],
      cli: ["access", "session"],
      lines: ["commands", "format", "session", "text"],
      screen: ["commands", "format", "session", "text"],
      script: ["access", "cli", "format", "session", "text"],
    }).map(([room, below]) =>
      rule(
        `terminal-${room}-floor`,
        "Inside the terminal, dependencies point down: the three interfaces use commands and formats, which use the session.",
        inside(`terminal/${room}`),
        { path: "^terminal/", pathNot: [room, ...below].map((name) => `^terminal/${name}/`) },
      ),
    ),
    // terminal floors: end
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
        OURS("functions/(adapters|ports)"),
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
    ...CORE_FLOOR_RULES,
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
    // local floors
    ...Object.entries({
      util: [],
      http: ["util"],
      dynamodb: ["http", "util"],
      messaging: ["http", "util"],
      lambda: ["http", "util"],
      issuer: ["http", "util"],
      gateway: ["http", "util"],
      web: ["gateway", "http", "util"],
    }).map(([room, below]) =>
      rule(
        `local-${room}-floor`,
        "An emulated service knows neither the cloud nor another service; only the cloud puts them together.",
        inside(`local/${room}`),
        { path: "^local/", pathNot: [room, ...below].map((allowed) => `^local/${allowed}/`) },
      ),
    ),
    // end of local floors
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
