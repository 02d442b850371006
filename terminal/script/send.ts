import { type Client, ClientError, type Sent } from "../../client/src/index.ts";
import { type ChatTarget, NoSuchTargetError, resolveTarget } from "../session/conversations.ts";
import { untilOnline } from "../session/wait-for.ts";
import { ackLine, errorLine, type ScriptOutput } from "./json-line.ts";

export interface SendOptions {
  readonly target: ChatTarget;
  readonly text: string;
  readonly json: boolean;
  readonly timeoutMs: number;
}

/** The message was not acknowledged in time. */
class SendTimeoutError extends Error {
  override readonly name = "SendTimeoutError";
  readonly code = "late";
  readonly temporary = true;
}

/** Sends one message and waits for its acknowledgement. Resolves to the exit code. */
export async function send(client: Client, options: SendOptions, output: ScriptOutput): Promise<number> {
  try {
    const sent = await sendTo(client, options);
    if (!options.json) return 0;
    const info = client.conversations.find(({ conversation }) => conversation === sent.conversation);
    output.print(
      ackLine(sent, info ?? { conversation: sent.conversation, peer: undefined, title: undefined }),
    );
    return 0;
  } catch (error) {
    const isExpected =
      error instanceof NoSuchTargetError || error instanceof SendTimeoutError || error instanceof ClientError;
    if (!isExpected) throw error;
    if (options.json) output.print(errorLine(error));
    output.error(`not sent: ${error.message}`);
    return 1;
  }
}

async function sendTo(client: Client, { target, text, timeoutMs }: SendOptions): Promise<Sent> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const within = `within ${timeoutMs / 1000} s`;
  await withDeadline(deadline, `no connection ${within}`, untilOnline(client));
  const { done } = client.send(resolveTarget(target, client), text);
  return withDeadline(deadline, `no answer ${within}; the message may still have arrived`, done);
}

/** Rejects with a `SendTimeoutError` if `work` takes longer than the deadline. */
function withDeadline<T>(deadline: AbortSignal, otherwise: string, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    deadline.addEventListener("abort", () => reject(new SendTimeoutError(otherwise)), { once: true });
  });
  return Promise.race([work, late]);
}
