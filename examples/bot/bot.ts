import { execSync } from "node:child_process";
import { type ConversationInfo, createClient, type TimelineEntry } from "@parley/client";

const { PARLEY_URL: url = "ws://127.0.0.1:4511", PARLEY_USER: user, PARLEY_TOKEN_COMMAND } = process.env;
const ids: string[] = [];
const client = createClient({ url, user, token, newId: () => ids.pop() ?? crypto.randomUUID() });
async function token(): Promise<string> {
  if (PARLEY_TOKEN_COMMAND) return execSync(PARLEY_TOKEN_COMMAND, { encoding: "utf8" }).trim();
  const request = { method: "POST", body: '{"user": "dice"}' };
  const response = await fetch("http://127.0.0.1:4510/token", request).catch(() => undefined);
  if (!response?.ok) throw new Error("no token from the embedded cloud; is `npm start` running?");
  return ((await response.json()) as { token: string }).token;
}
function answerTo(text = ""): string | undefined {
  const [command, count = 1, sides = 6] = /^!roll(?: ([1-9]\d?)d([1-9]\d{0,3}))?$/.exec(text) ?? [];
  return command && Array.from({ length: +count }, () => 1 + Math.floor(Math.random() * +sides)).join(" + ");
}
/** Answers new messages. Each gets one answer however often this runs: the answer's id derives from the message. */
async function answerNew({ conversation, readSeq, unread }: ConversationInfo): Promise<void> {
  if (unread === 0 || client.state !== "online") return;
  const thread = client.conversation(conversation);
  const shown = () => thread.view.getSnapshot().entries;
  const isNew = ({ seq = Infinity, sentAtMs = Infinity }: TimelineEntry) =>
    seq > readSeq && sentAtMs > Date.now() - 86_400_000;
  while (shown().every(isNew) && (await thread.loadOlder()));
  for (const { seq, sender, body } of shown().filter(isNew)) {
    const id = `${conversation}:${seq}`;
    const answer = sender === client.user ? undefined : answerTo((body as { text?: string } | null)?.text);
    if (answer === undefined || shown().some((entry) => entry.id === id)) continue;
    ids.push(id);
    thread.send(answer);
  }
  if (client.pending(conversation).length === 0) thread.markRead();
}
const answerAll = () => void Promise.all(client.conversations.map(answerNew)).catch(console.error);
for (const changing of [client.status, client.inbox]) changing.subscribe(answerAll);
client.on("error", ({ message, cause }) => console.error(cause ? `${message}: ${cause}` : message));
const online = new Promise((seen) => client.on("state", (state) => state === "online" && seen(state)));
void online.then(() => console.log(`${client.user} is online`));
client.connect();
