/** A page keeps its generated parts between two comments that name them. */
const PART = /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(\n<!-- end -->)/g;

export type Parts = Readonly<Record<string, () => string>>;

/** The page with its parts as they should be. Throws when it lacks one, or has one nobody makes. */
export function regenerate(page: string, parts: Parts): string {
  const found = new Set<string>();
  const result = page.replace(PART, (_, begin: string, name: string, end: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`Nothing generates "${name}".`);
    found.add(name);
    return `${begin}${part()}${end}`;
  });
  const missing = Object.keys(parts).filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`The page has no place for ${missing.join(", ")}.`);
  return result;
}
