import { expect, test } from "vitest";
import { parseArguments } from "../../../terminal/cli/arguments.ts";

const chat = (changes: object = {}) => ({ chat: undefined, plain: false, ephemeral: false, ...changes });
const LOCAL = { server: "http://127.0.0.1:4510" };

const deployed = (changes: object) => ({
  selector: { stack: "parley-dev" },
  url: undefined,
  tokenCommand: undefined,
  userClaim: undefined,
  signUp: false,
  ...changes,
});

test.each([
  [["alice"], { run: { user: "alice", parley: LOCAL, task: chat() } }],
  [
    ["alice", "--to", "bob", "--port", "4600"],
    {
      run: {
        user: "alice",
        parley: { server: "http://127.0.0.1:4600" },
        task: chat({ chat: { user: "bob" } }),
      },
    },
  ],
  [
    ["--server", "https://x.example/", "alice"],
    { run: { user: "alice", parley: { server: "https://x.example" }, task: chat() } },
  ],
  [["--help"], { help: true }],
  [[], { error: "Name the user to chat as" }],
  [["alice", "bob"], { error: "Name only one user, not also 'bob'" }],
  [["alice", "--port", "99999"], { error: "--port must be a port number, not '99999'" }],
  [
    ["alice", "--server", "127.0.0.1:4510"],
    { error: "--server must be an http:// or https:// URL, not '127.0.0.1:4510'" },
  ],
  [["alice", "--port", "1", "--server", "http://x"], { error: "Use either --port or --server" }],
  [["alice", "--env", "dev"], { run: { user: "alice", parley: deployed({}), task: chat() } }],
  [
    ["alice", "--env", "dev", "--sign-up", "--url", "ws://127.0.0.1:1/x"],
    { run: { user: "alice", parley: deployed({ signUp: true, url: "ws://127.0.0.1:1/x" }), task: chat() } },
  ],
  [
    ["alice", "--url", "wss://x.example/dev", "--token-command", "get-token", "--user-claim", "email"],
    {
      run: {
        user: "alice",
        task: chat(),
        parley: {
          selector: undefined,
          url: "wss://x.example/dev",
          tokenCommand: "get-token",
          userClaim: "email",
        },
      },
    },
  ],
  [["alice", "--env", "dev", "--stack", "x"], { error: "Use either --env or --stack" }],
  [["alice", "--env", "dev", "--port", "1"], { error: "Use either a deployment, or --port or --server" }],
  [
    ["alice", "--url", "https://x", "--token-command", "t"],
    { error: "--url must be a ws:// or wss:// URL, not 'https://x'" },
  ],
  [["alice", "--url", "wss://x"], { error: "--url without a stack needs --token-command" }],
  [
    ["alice", "--env", "dev", "--sign-up", "--token-command", "t"],
    { error: "Use either --sign-up or --token-command" },
  ],
  [["alice", "--sign-up"], { error: "Choose a deployment: --env, --stack, --outputs or --url" }],
  [["alice", "--loud"], { error: "Unknown option '--loud'" }],
  [
    ["alice", "--in", "Lunch club", "--plain", "--ephemeral"],
    {
      run: {
        user: "alice",
        parley: LOCAL,
        task: { chat: { group: "Lunch club" }, plain: true, ephemeral: true },
      },
    },
  ],
  [
    ["alice", "--to", "bob", "--send", "hi", "--timeout", "5"],
    {
      run: {
        user: "alice",
        parley: LOCAL,
        task: { target: { user: "bob" }, send: "hi", json: false, timeoutMs: 5_000 },
      },
    },
  ],
  [
    ["alice", "--in", "Lunch", "--send", "-", "--json"],
    {
      run: {
        user: "alice",
        parley: LOCAL,
        task: { target: { group: "Lunch" }, send: undefined, json: true, timeoutMs: 30_000 },
      },
    },
  ],
  [
    ["alice", "--tail"],
    { run: { user: "alice", parley: LOCAL, task: { tail: undefined, sinceSeq: undefined, json: false } } },
  ],
  [
    ["alice", "--tail", "--to", "bob", "--since", "0", "--json"],
    { run: { user: "alice", parley: LOCAL, task: { tail: { user: "bob" }, sinceSeq: 0, json: true } } },
  ],
  [
    ["jose\u0301", "--to", "zoe\u0308", "--send", "hi"],
    {
      run: {
        user: "jos\u00e9",
        parley: LOCAL,
        task: { target: { user: "zo\u00eb" }, send: "hi", json: false, timeoutMs: 30_000 },
      },
    },
  ],
  [["alice", "--to", "bob", "--in", "Lunch"], { error: "Use either --to or --in" }],
  [["alice", "--send", "hi"], { error: "--send needs --to <user> or --in <group>" }],
  [["alice", "--send", "hi", "--tail"], { error: "Use either --send or --tail" }],
  [["alice", "--tail", "--plain"], { error: "--plain cannot be combined with --send or --tail" }],
  [["alice", "--json"], { error: "--json needs --send or --tail" }],
  [["alice", "--tail", "--since", "3"], { error: "--since needs --tail and either --to or --in" }],
  [
    ["alice", "--tail", "--to", "bob", "--since", "x"],
    { error: "--since must be a sequence number, not 'x'" },
  ],
  [["alice", "--to", "bob", "--timeout", "3"], { error: "--timeout needs --send" }],
  [
    ["alice", "--to", "bob", "--send", "x", "--timeout", "0"],
    { error: "--timeout must be a number of seconds, not '0'" },
  ],
])("the arguments %j are parsed", (argv, parsed) => {
  expect(parseArguments(argv)).toEqual(parsed);
});
