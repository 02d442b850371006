import { DEFAULT_PORT } from "../../local/default-port.ts";

/** The usage itself would push what is wrong off the screen. */
export const HOW_TO_GET_USAGE = "See npm run chat -- --help";

export const USAGE = `Usage: npm run chat -- <user> [options]

  <user>                 who you are: on the embedded cloud anyone, elsewhere a user of the deployment
  --to <user>            whom to talk to
  --in <group>           where to talk: a title or an id
  --plain                lines in, lines out, also at a terminal; so it is with pipes and TERM=dumb
  --ephemeral            keep nothing: what waits to be sent is lost when you leave
  --help                 this text

Without a person, for shells and bots:
  --send <text>          send one message to --to or --in, wait until it is in the log, and exit; - is the standard input
  --timeout <seconds>    how long to wait for that (default 30)
  --tail                 print messages as they come, all or those of --to or --in, until interrupted
  --since <seq>          with --tail and --to or --in: first what came after that number
  --json                 with --send or --tail: one JSON object a line

The embedded cloud of npm start, unless told otherwise:
  --port <number>        its port on this machine (default ${DEFAULT_PORT})
  --server <url>         one elsewhere, for example http://127.0.0.1:${DEFAULT_PORT}

A deployment:
  --env <name>           the stack parley-<name>, in the account and region of your AWS settings
  --stack <name>         a stack with another name
  --outputs <file>       what \`cdk deploy --outputs-file\` wrote: needs no AWS settings
  --url <url>            another WebSocket URL than the stack's, or without a stack: wss://…
  --sign-up              be a new user, where the user pool lets people sign up
  --token-command <cmd>  how to get a token of another issuer: prints it, and is run for every connection
  --user-claim <name>    the claim of that token that is the user id (default the stack's, without a stack sub)

Passwords are asked for, or are in PARLEY_PASSWORD. With input from a pipe, every line is a message or a command; it exits
when all of them are acknowledged.

Exit codes: 0 done; 1 not done, the reason is on the standard error; 2 wrong arguments; 130 or 143 after SIGINT or SIGTERM.

A bot:
  #!/bin/bash
  chat() { npm run --silent chat -- echo-bot "$@"; }
  chat --tail --json | while read -r entry; do
    text=$(jq -r 'select(.kind == "text" and (.own | not)) | .body.text' <<<"$entry")
    [ -n "$text" ] || continue
    peer=$(jq -r '.peer // empty' <<<"$entry")
    if [ -n "$peer" ]; then where=(--to "$peer"); else where=(--in "$(jq -r .conversation <<<"$entry")"); fi
    chat "\${where[@]}" --send - <<<"you said: $text"
  done

docs/terminal.md has more: keys, commands, the JSON.`;
