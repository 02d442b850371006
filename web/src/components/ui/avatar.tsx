import { hueOf, initialsOf } from "../../format/title.ts";

export interface AvatarProps {
  readonly name: string;
  readonly online?: boolean | undefined;
  /** Text that the colour is made of. @default the name */
  readonly colorKey?: string;
}

/** Initials on a colour, with a dot if the user is online. */
export function Avatar({ name, online, colorKey = name }: AvatarProps) {
  return (
    <span
      class="avatar"
      style={{ "--hue": hueOf(colorKey) }}
      data-initials={initialsOf(name)}
      aria-hidden="true"
    >
      {online === true && <span class="dot" />}
    </span>
  );
}
