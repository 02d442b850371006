// @vitest-environment happy-dom
import { act, type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type ClientOptions, createClient, type Observable } from "../../../client/src/index.ts";
import { ParleyProvider, useObservable, useParley } from "../../../examples/react/src/parley.tsx";
import { settled, Wire } from "../../client/support/wire.ts";
import { entries, WITH_BOB, withBob } from "../../client/support/with-bob.ts";

let wire: Wire;

beforeAll(() => void vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true));

beforeEach(() => {
  // React reports its warnings there.
  vi.spyOn(console, "error");
  wire = new Wire();
});

afterEach(() => {
  expect(console.error).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

const optionsOf = (user: string): ClientOptions => ({
  user,
  url: wire.url,
  token: async () => user,
  transport: wire.transport,
});
/** Tokens of the open connections. */
const connected = () => wire.ends.filter(({ released }) => !released).map(({ token }) => token);

async function mount(app: ReactNode) {
  const container = document.createElement("div");
  const root = createRoot(container);
  const render = (node: ReactNode) => act(async () => root.render(node));
  const unmount = () => act(async () => root.unmount());
  onTestFinished(unmount);
  await render(app);
  return { render, unmount, text: () => container.textContent };
}

function User() {
  const client = useParley();
  return <p>{`${client.user} ${useObservable(client.status)}`}</p>;
}

function Count<T>({
  of,
  count,
  rendered,
}: {
  of: Observable<T>;
  count: (value: T) => number;
  rendered: () => void;
}) {
  rendered();
  return <p>{count(useObservable(of))}</p>;
}

test("a provider has one client while it is mounted, also in StrictMode", async () => {
  const app = (options: ClientOptions) => (
    <StrictMode>
      <ParleyProvider options={options}>
        <User />
      </ParleyProvider>
    </StrictMode>
  );
  const alice = optionsOf("alice");
  const { render, unmount, text } = await mount(app(alice));
  expect(connected()).toEqual(["alice"]);
  await act(async () => void (await wire.connect()));
  expect(text()).toBe("alice online");
  await render(app(alice));
  expect(wire.ends).toHaveLength(1);

  await render(app(optionsOf("bob")));
  expect(connected()).toEqual(["bob"]);
  expect(text()).toBe("bob connecting");
  await unmount();
  expect(connected()).toEqual([]);
});

test("an observable is rendered once, and again for each turn in which it changes", async () => {
  const client = createClient(optionsOf("alice"));
  onTestFinished(() => client.close());
  client.connect();
  await settled();
  await wire.connect(withBob(1, { entries: entries(1, 1) }));
  const { view } = client.conversation(WITH_BOB);
  const rendered = vi.fn();
  const { render, text } = await mount(
    <Count of={view} count={({ entries }) => entries.length} rendered={rendered} />,
  );
  // Subscribing calls the listener at once, with a value that is already rendered.
  expect(rendered).toHaveBeenCalledTimes(1);

  await act(() =>
    wire.last.push({ type: "entries", conversation: WITH_BOB, epoch: 1, entries: entries(2, 4) }),
  );
  expect(text()).toBe("4");
  expect(rendered).toHaveBeenCalledTimes(2);

  await render(<Count of={client.inbox} count={({ length }) => length} rendered={rendered} />);
  expect(text()).toBe("1");
  expect(rendered).toHaveBeenCalledTimes(3);
});
