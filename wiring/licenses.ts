import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files in which packages keep the texts that have to go with a copy. */
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/** Licences that do not ask for their text to go with a copy. */
const WITHOUT_CONDITION = new Set(["MIT-0", "0BSD"]);

/** Our own licence is the same; what follows its terms says whose work Parley is. */
const APACHE_2_0 = join(import.meta.dirname, "..", "LICENSE");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * Returns the licences of all packages that the files are from, as text: their authors allow copies on the condition that
 * it goes with them. Throws if a package lacks its licence. Files outside `node_modules` are ours.
 */
export function licensesOf(files: Iterable<string>): string {
  const folders = new Set<string>();
  for (const file of files) {
    const [folder] = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(file.replaceAll("\\", "/")) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  // Many packages have the very same text: it is there once, below the names of all of them.
  const byText = Map.groupBy(Array.from(folders, licenseOf), ([, text]) => text);
  const sections = Array.from(byText, ([text, packages]) => {
    const titles = packages.map(([title]) => title).sort();
    return `${titles.join("\n")}\n${"=".repeat(72)}\n\n${text}\n`;
  });
  return sections.sort().join("\n");
}

function licenseOf(folder: string): [title: string, text: string] {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder)
    .filter((name) => LICENSE_FILE.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8").trim());
  const { name, version, license = "" } = manifest;
  if (texts.length === 0) texts.push(standardText(name, license));
  return [`${name} ${version} (${license})`, texts.join("\n\n")];
}

/** Some packages name a licence with a fixed text, and leave the text out. */
function standardText(name: string, license: string): string {
  if (WITHOUT_CONDITION.has(license))
    return `The licence ${license} does not ask for its text to go with a copy.`;
  if (license === "Apache-2.0")
    return readFileSync(APACHE_2_0, "utf8").split("END OF TERMS")[0]?.trim() ?? "";
  throw new Error(`${name} is bundled, but has no file with its licence (${license}).`);
}
