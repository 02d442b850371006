import { hueOf, initialsOf } from "../../format/title.ts";

/** Initials on a colour made of the name, with a dot if the user is online. */
export function Avatar({ name, online }: { name: string; online?: boolean | undefined }) {
  return (
    <span class="avatar" style={{ "--hue": hueOf(name) }} data-initials={initialsOf(name)} aria-hidden="true">
      {online === true && <span class="dot" />}
    </span>
  );
}
