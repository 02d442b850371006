import { useChat } from "../state/context.ts";
import { Avatar } from "./ui/avatar.tsx";
import { Menu, MenuItem } from "./ui/menu.tsx";

/** Who one is, and how to stop being it. */
export function AccountMenu() {
  const { user, client, question, signOut } = useChat();
  const leave = () => {
    const waiting = client.pending().length;
    if (waiting === 0) return void signOut();
    question.set({
      title: "Sign out?",
      consequence: `${waiting === 1 ? "One message has" : `${waiting} messages have`} not been sent, and would be lost.`,
      action: "Sign out and lose it",
      confirmed: () => void signOut(),
    });
  };
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
      {(close) => (
        <MenuItem
          onChosen={() => {
            close();
            leave();
          }}
        >
          Sign out
        </MenuItem>
      )}
    </Menu>
  );
}
