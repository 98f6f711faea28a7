// node test/documents/commands.ts writes the README's table of commands from the manifest.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const BEGIN = "<!-- commands: generated from package.json by `node test/documents/commands.ts` -->\n";
const END = "<!-- /commands -->";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string; readonly enablement?: string }[];
    readonly keybindings?: readonly { readonly command: string; readonly key: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
  };
}

const PLACES: Readonly<Record<string, string>> = {
  "view/title": "view title",
  "view/item/context": "item of a view",
  "editor/title/run": "editor's run menu",
  "editor/title": "editor title",
  "explorer/context": "explorer",
  "notebook/toolbar": "notebook toolbar",
};

/** The table of README "Commands": every command that the palette shows, and where else it stands. */
export function commandsTable(manifest: Manifest): string {
  const { commands, menus } = manifest.contributes;
  const hidden = new Set((menus["commandPalette"] ?? []).filter((entry) => entry.when === "false").map((entry) => entry.command));
  const rows = commands
    .filter((command) => !hidden.has(command.command))
    .map((command) => {
      const places = Object.entries(PLACES).filter(([menu]) => (menus[menu] ?? []).some((entry) => entry.command === command.command));
      return `| ${command.category}: ${command.title} | \`${command.command}\` | ${["palette", ...places.map(([, name]) => name)].join(", ")} |`;
    });
  return ["| command | id | where |", "|---|---|---|", ...rows, ""].join("\n");
}

/** The README with its table as the manifest says it. */
export function readmeWithCommands(readme: string, manifest: Manifest): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("README.md has lost the markers of its table of commands.");
  return readme.slice(0, begin + BEGIN.length) + commandsTable(manifest) + readme.slice(end);
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}

export function readReadme(): string {
  return readFileSync(join(root, "README.md"), "utf8");
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(root, "README.md"), readmeWithCommands(readReadme(), readManifest()));
