import axe from "axe-core";
import type { Page } from "playwright-core";

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Returns the barriers that axe finds for people who use a screen reader or no mouse, or see little contrast. */
export async function barriers(page: Page): Promise<string[]> {
  // Not added as a script: the page's Content-Security-Policy refuses scripts from elsewhere.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const page = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await page.axe.run()).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}
