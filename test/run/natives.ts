import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./entry.mjs";

/** `linux-x64` and its like: what VS Code's Marketplace calls a target. */
export const target = `${process.platform}-${process.arch}`;

/** A package that cannot be bundled, and which of its files run on this platform. */
interface Native {
  readonly name: string;
  /** Paths within the package, `/` as separator; package.json and licences always come along. */
  readonly files: RegExp;
  /** Absent on some platforms: then its user falls back and says so. */
  readonly optional?: boolean;
}

const natives: readonly Native[] = [
  { name: "better-sqlite3", files: new RegExp(`^lib/|^prebuilds/${target.replace("-", "(musl)?-")}\\.node$`) },
  { name: "@duckdb/node-api", files: /^lib\/.*\.js$/ },
  { name: "@duckdb/node-bindings", files: /\.js$/ },
  { name: `@duckdb/node-bindings-${target}`, files: /\.(node|so|dylib|dll)$/ },
  { name: "detect-libc", files: /^lib\/.*\.js$/ },
  { name: "onnxruntime-node", files: new RegExp(`^dist/.*\\.js$|^bin/napi-v\\d+/${process.platform}/${process.arch}/`) },
  { name: "onnxruntime-common", files: /^dist\/cjs\/.*\.(js|json)$/ },
  { name: "@lydell/node-pty", files: /\.js$/ },
  { name: `@lydell/node-pty-${target}`, files: /\.(node|dll|exe|js)$|spawn-helper$/, optional: true },
];

/** Copies what runs on this platform of every package that is not bundled into `<dist>/node_modules`. */
export function copyNatives(dist: string): void {
  for (const { name, files, optional } of natives) {
    const source = join(root, "node_modules", name);
    if (!existsSync(source)) {
      if (optional) continue;
      throw new Error(`${name} is not installed: run npm ci.`);
    }
    for (const path of readdirSync(source, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"))) {
      if (path !== "package.json" && !/^(LICEN[CS]E|NOTICE|ThirdPartyNotices)/i.test(path) && (!files.test(path) || path.endsWith(".map") || path.endsWith(".d.ts"))) continue;
      const to = join(dist, "node_modules", name, path);
      mkdirSync(join(to, ".."), { recursive: true });
      cpSync(join(source, path), to, { recursive: true });
    }
  }
}
