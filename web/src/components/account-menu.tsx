import { isolatedName } from "../../../client/src/ui.ts";
import { useChat } from "../state/context.ts";
import { Avatar } from "./ui/avatar.tsx";
import { Menu, MenuItem } from "./ui/menu.tsx";
import { Name } from "./ui/name.tsx";

/** Menu with the name of the signed-in user; signs them out. */
export function AccountMenu() {
  const { user, client, confirmation, signOut } = useChat();
  const requestSignOut = () => {
    const waiting = client.pending().length;
    if (waiting === 0) return void signOut();
    confirmation.set({
      title: "Sign out?",
      consequence: `${waiting === 1 ? "One message has" : `${waiting} messages have`} not been sent and would be lost.`,
      confirmLabel: "Sign out anyway",
      onConfirm: () => void signOut(),
    });
  };
  return (
    <Menu
      label={`Account of ${isolatedName(user)}`}
      class="account"
      button={
        <>
          <Avatar name={user} />
          <span class="name">
            <Name of={user} />
          </span>
        </>
      }
    >
      {(close) => (
        <MenuItem
          onSelect={() => {
            close();
            requestSignOut();
          }}
        >
          Sign out
        </MenuItem>
      )}
    </Menu>
  );
}
