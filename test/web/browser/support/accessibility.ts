import axe from "axe-core";
import type { Page } from "playwright-core";

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What a person who listens to the page, has no mouse or sees little contrast would stumble over. */
export async function barriers(page: Page): Promise<string[]> {
  // Not as a script of the page: its policy takes none from elsewhere.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const page = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await page.axe.run()).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}
