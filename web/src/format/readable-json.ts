/** Deepest nesting that is indented. Beyond it the indentation alone would be millions of characters. */
const MAX_DEPTH = 20;

/** Writes a value that came as JSON on several lines, for people to read; what is nested very deep is on one line. */
export function readableJson(value: unknown): string {
  return depthOf(value) > MAX_DEPTH ? JSON.stringify(value) : JSON.stringify(value, null, 2);
}

/** Returns the depth of nesting, counted no further than is of interest. */
function depthOf(value: unknown): number {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    level = level.filter((item) => typeof item === "object" && item !== null).flatMap(Object.values);
    if (level.length === 0) return depth;
  }
  return MAX_DEPTH + 1;
}
