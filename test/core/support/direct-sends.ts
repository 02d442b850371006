import type { CommitDeps } from "../../../functions/core/commit/acknowledge-and-push.ts";
import { DirectWriter } from "../../../functions/core/commit/direct.ts";
import { RecentConversations } from "../../../functions/core/commit/recent-conversations.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import type { ServerFrame } from "../../../protocol/index.ts";
import type { Choose, Interleaving, Step } from "../../support/interleaving.ts";
import type { World } from "./world.ts";

const signal = new AbortController().signal;
const ENVIRONMENTS = 2;

/** Parts of a simulation that its direct writers use. */
interface Host {
  readonly world: Pick<World, "direct">;
  readonly choose: Choose;
  readonly interleaving: Interleaving;
  readonly depsFor: (step: Step) => CommitDeps;
  readonly publish: (frame: PublishedFrame) => void;
  readonly answer: (connection: string, frame: ServerFrame) => void;
}

/**
 * Frames that are written by the function that received them, in one of several environments that remember what they
 * wrote. A frame that is left to the queue is published; a crash loses it.
 */
export class DirectSends {
  /** Frames that were answered without the queue. */
  answered = 0;
  readonly #host: Host;
  readonly #recent = Array.from({ length: ENVIRONMENTS }, () => new RecentConversations());

  constructor(host: Host) {
    this.#host = host;
  }

  send(frame: PublishedFrame): void {
    const { choose, interleaving, world, depsFor, publish, answer } = this.#host;
    const recent = this.#recent[choose(ENVIRONMENTS)];
    if (recent === undefined) return;
    const work = async (step: Step) => {
      const { deps, afterAnswer } = world.direct(depsFor(step), recent);
      const writer = new DirectWriter({ ...deps, recent });
      const response = await writer.write(frame, signal);
      await step("answer");
      if (response === undefined) return publish(frame);
      this.answered += 1;
      answer(frame.sender.connection ?? "", response);
      await afterAnswer();
    };
    interleaving.start(work, () => undefined);
  }
}
