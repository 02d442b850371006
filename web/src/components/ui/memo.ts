import { Component, type ComponentChildren, type FunctionComponent, h } from "preact";

/** Returns a component that renders again only if a prop has changed. */
export function memo<P extends object>(
  component: FunctionComponent<P>,
  isEqual: (one: P, other: P) => boolean = isShallowEqual,
) {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      return !isEqual(this.props, next);
    }

    override render(props: P): ComponentChildren {
      return h(component, props);
    }
  };
}

/** True if two objects have the same values under the same keys. */
export function isShallowEqual(one: object, other: object): boolean {
  const [values, others] = [one, other] as Record<string, unknown>[];
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length && keys.every((key) => Object.is(values?.[key], others?.[key]))
  );
}
