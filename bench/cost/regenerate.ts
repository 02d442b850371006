/** A generated part of a page, between the two comments that mark it. */
const PART = /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(\n<!-- end -->)/g;

export type Parts = Readonly<Record<string, () => string>>;

/** Returns the page with its parts regenerated. Throws if a part is missing from the page or has no generator. */
export function regenerate(page: string, parts: Parts): string {
  const found = new Set<string>();
  const result = page.replace(PART, (_, begin: string, name: string, end: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`No generator for the part "${name}" of the page.`);
    found.add(name);
    return `${begin}${part()}${end}`;
  });
  const missing = Object.keys(parts).filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`The page lacks the generated parts ${missing.join(", ")}.`);
  return result;
}
