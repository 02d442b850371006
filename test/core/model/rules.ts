/** Rules of the log, each with what its writers do when it is broken. Without any of them the model must fail. */
export const RULES = {
  headCondition: "a head is written over whatever version it has",
  segmentCondition: "a flush overwrites the segment of a newer head",
  standingSegment: "a flush takes its own end for that of the segment that stands there for the same version",
  putBeforeTrim: "the entries leave the head before they are in a segment",
  pushBeforeAnswer: "a direct writer answers before it pushes",
  repeatsPushed: "a repeat is answered, but not pushed again",
  repeatsFound: "nobody looks for the entries of a resend",
  deleteEndsFlush: "a delete in the tail rewrites the head alone although a flush is due",
  freshAnswer: "a repeat is answered from a cached head, without a write that would fail",
  wholeTail: "a change of rows leaves the last entry of the tail, beside the segment that it has put",
  eventsBeforeAnswer: "a direct writer publishes its events after its answer",
} as const;

export type Rule = keyof typeof RULES;

export function isRule(name: string): name is Rule {
  return Object.hasOwn(RULES, name);
}
