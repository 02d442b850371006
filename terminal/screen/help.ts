import { commandLines } from "../commands/commands.ts";

export const HELP: readonly string[] = [
  "Up, Down, wheel        choose a conversation; scroll",
  "PageUp, PageDown       by screens; what is older is loaded on the way",
  "Home, End              on an empty line: the oldest loaded, the newest",
  "Enter                  opens what is chosen; sends what is typed",
  "Tab                    on an empty line: to what is unread; after /: completes",
  "Esc                    back",
  "Ctrl+L                 draws everything again",
  "Ctrl+C, Ctrl+D         leave",
  "",
  "… waits to be sent   ✓ in the log   ✓✓ delivered, bold: read   ✗ not sent",
  "",
  ...commandLines(),
];
