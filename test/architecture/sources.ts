import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../run/entry.mjs";

export interface Source {
  /** Relative to the repository, `/` as separator. */
  readonly path: string;
  readonly text: string;
}

/** Every file that git knows or would add. */
export function allFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
  const gone = new Set(execFileSync("git", ["ls-files", "--deleted", "-z"], { cwd: root, encoding: "utf8" }).split("\0"));
  return [...new Set(listed.split("\0"))].filter((path) => path !== "" && !gone.has(path)).sort();
}

export const read = (path: string): Source => ({ path, text: readFileSync(join(root, path), "utf8") });

/** Where a pattern stands: `path:line: text`. */
export function places(sources: readonly Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ path, text }) => {
    if (!pattern.test(text)) return [];
    return text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : []));
  });
}

/** What a module loads: `from "x"`, `import "x"`, `import("x")`, `require("x")`, resolved to a path of the repository where it is relative. */
export function imports({ path, text }: Source): { readonly line: number; readonly target: string; readonly typeOnly: boolean }[] {
  const found: { line: number; target: string; typeOnly: boolean }[] = [];
  const pattern = /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^;"'`]*?\bfrom\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']|\b(?:import|require)\(\s*["']([^"']+)["']\s*\)/g;
  for (const match of text.matchAll(pattern)) {
    const target = match[2] ?? match[3] ?? match[4] ?? "";
    const line = text.slice(0, match.index + match[0].length).split("\n").length;
    found.push({ line, target: target.startsWith(".") ? resolved(path, target) : target, typeOnly: match[1] !== undefined });
  }
  return found;
}

function resolved(from: string, target: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
