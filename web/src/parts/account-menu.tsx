import { useChat } from "../chat/context.ts";
import { Avatar } from "./avatar.tsx";
import { Menu, MenuItem } from "./menu.tsx";

/** Who one is, and how to stop being it. */
export function AccountMenu() {
  const { user, signOut } = useChat();
  return (
    <Menu
      label={`Account of ${user}`}
      class="account"
      button={
        <>
          <Avatar name={user} />
          <span class="name">{user}</span>
        </>
      }
    >
      {() => <MenuItem onChosen={() => void signOut()}>Sign out</MenuItem>}
    </Menu>
  );
}
