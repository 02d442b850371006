import { DEFAULT_PORT } from "../../local/default-port.ts";

/** Printed below an error instead of the usage, which would push the error off the screen. */
export const HOW_TO_GET_USAGE = "See npm run chat -- --help";

export const USAGE = `Usage: npm run chat -- <user> [options]

  <user>                 the user to chat as: any name on the embedded cloud, elsewhere a user of the deployment
  --to <user>            open the conversation with this user
  --in <group>           open this group, by its title or id
  --plain                lines in and out instead of a full screen; the default with pipes and TERM=dumb
  --ephemeral            keep nothing on disk: messages not sent yet are lost when you leave
  --help                 show this text

For scripts and bots:
  --send <text>          send one message to --to or --in, wait until it is in the log, and exit; - reads standard input
  --timeout <seconds>    how long --send waits (default 30)
  --tail                 print messages as they arrive, all or only those of --to or --in, until interrupted
  --since <seq>          with --tail and --to or --in: print first the messages after this sequence number
  --json                 with --send or --tail: print one JSON object a line

The embedded cloud of npm start, which is the default:
  --port <number>        its port on this machine (default ${DEFAULT_PORT})
  --server <url>         its URL, if it runs on another machine, for example http://127.0.0.1:${DEFAULT_PORT}

A deployment:
  --env <name>           the stack parley-<name>, in the account and region of your AWS settings
  --stack <name>         a stack with another name
  --outputs <file>       a stack from the file that \`cdk deploy --outputs-file\` wrote; needs no AWS settings
  --url <url>            WebSocket URL (wss://…) instead of the stack's, or without a stack
  --sign-up              sign up as a new user, if the user pool allows it
  --token-command <cmd>  command that prints a token of another issuer; run for every connection
  --user-claim <name>    claim of that token with the user id (default: the stack's, or sub without a stack)

Passwords are read from PARLEY_PASSWORD or asked for. With input from a pipe, every line is a message or a command, and the
chat exits when all of them are acknowledged.

Exit codes: 0 success; 1 failure, with the reason on standard error; 2 wrong arguments; 130 or 143 after SIGINT or SIGTERM.

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

See docs/terminal.md for keys, commands and the JSON format.`;
