import { hueOf, initialsOf } from "../../format/title.ts";

/** Initials on a colour of their own; a dot, if the person is online. */
export function Avatar({ name, online }: { name: string; online?: boolean | undefined }) {
  return (
    <span class="avatar" style={{ "--hue": hueOf(name) }} data-initials={initialsOf(name)} aria-hidden="true">
      {online === true && <span class="dot" />}
    </span>
  );
}
