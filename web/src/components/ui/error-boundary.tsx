import { Component, type ComponentChildren } from "preact";

export interface ErrorBoundaryProps {
  /** Shown instead of the children if they cannot be rendered. */
  readonly fallback: ComponentChildren;
  /** Identifies the content: a different one is rendered again after an error. */
  readonly contentKey: unknown;
  readonly children: ComponentChildren;
}

interface ErrorBoundaryState {
  readonly failedKey: unknown;
}

/** No content has this key. */
const NOTHING = Symbol("nothing");

/** Keeps an error of one part of the page from removing the others. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { failedKey: NOTHING };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ failedKey: this.props.contentKey });
  }

  override render({ fallback, contentKey, children }: ErrorBoundaryProps, { failedKey }: ErrorBoundaryState) {
    return failedKey === contentKey ? fallback : children;
  }
}
