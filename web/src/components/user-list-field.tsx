import { useState } from "preact/hooks";
import { isolatedName } from "../../../client/src/ui.ts";
import { LookAlikeMark } from "./look-alike-mark.tsx";
import { CloseIcon } from "./ui/icons.tsx";
import { Name } from "./ui/name.tsx";

export interface UserListFieldProps {
  readonly label: string;
  readonly users: readonly string[];
  readonly onChange: (users: readonly string[]) => void;
  /** Focuses the field when it appears. @default false */
  readonly autofocus?: boolean;
}

/** Field for any number of user ids, each ended by a comma or Enter. */
export function UserListField({ label, users, onChange, autofocus = false }: UserListFieldProps) {
  const [text, setText] = useState("");

  const addUsers = (typed: string) => {
    const names = typed.split(",").map((name) => name.trim().normalize());
    onChange([...new Set([...users, ...names])].filter((name) => name !== ""));
    setText("");
  };

  return (
    <label class="users">
      {label}
      <span class="chips">
        {users.map((user) => (
          <span class="chip" key={user}>
            <Name of={user} />
            <LookAlikeMark user={user} />
            <button
              type="button"
              class="plain"
              aria-label={`Remove ${isolatedName(user)}`}
              onClick={() => onChange(users.filter((other) => other !== user))}
            >
              <CloseIcon />
            </button>
          </span>
        ))}
        <input
          autofocus={autofocus}
          name="users"
          dir="auto"
          autocapitalize="none"
          spellcheck={false}
          placeholder={users.length === 0 ? "bob, carol" : ""}
          value={text}
          onInput={({ currentTarget: { value }, isComposing }) =>
            value.includes(",") && !isComposing ? addUsers(value) : setText(value)
          }
          onKeyDown={(event) => {
            if (event.key === "Enter" && text.trim() !== "") {
              event.preventDefault();
              addUsers(text);
            }
            if (event.key === "Backspace" && text === "") onChange(users.slice(0, -1));
          }}
          onBlur={() => addUsers(text)}
        />
      </span>
    </label>
  );
}
