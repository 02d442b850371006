import { useChat } from "../state/context.ts";
import { AlertIcon } from "./ui/icons.tsx";

/** Mark beside the name of a user that is easily taken for another one. Nothing for most users. */
export function LookAlikeMark({ user }: { user: string | undefined }) {
  const { lookAlikes } = useChat();
  const warning = user === undefined ? undefined : lookAlikes.warningAbout(user);
  if (warning === undefined) return null;
  return (
    <span class="look-alike" title={warning}>
      <AlertIcon label={warning} />
    </span>
  );
}
