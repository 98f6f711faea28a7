import { closeSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import type { CodeState } from "../api/runs.ts";
import type { LaunchFiles } from "../launches/files.ts";
import { openPlain, plainSize, realPathIn } from "../platform/filesystems.ts";
import { isInner, isObject, readObject } from "./manifest.ts";

type Fields = Readonly<Record<string, unknown>>;

const MOST_LISTED = 5_000;
const MOST_CONTENT_BYTES = 64 * 1024 * 1024;
const TAIL_BYTES = 4096;
const STATES = ["modified", "added", "deleted", "untracked"] as const;

/** code.json, checked: what is no commit is none, and no path leads out. */
export function codeOf(folder: string): { readonly state: CodeState; readonly blobs: readonly { readonly kind: "patch" | "source"; readonly path: string; readonly file: string }[]; readonly notes: readonly string[] } | null {
  const said = readObject(join(folder, "code.json"));
  const state = said?.["state"];
  if (said === null || !isObject(state)) return null;
  return {
    state: codeStateOf(state),
    blobs: list(said["blobs"]).flatMap(({ kind, path, file }): { kind: "patch" | "source"; path: string; file: string }[] => {
      if (typeof path !== "string" || typeof file !== "string" || !/^code\/[0-9a-f]{64}$/.test(file)) return [];
      if (kind === "patch" && path === "") return [{ kind, path, file }];
      return kind === "source" && isInner(path) ? [{ kind, path, file }] : [];
    }),
    notes: (Array.isArray(said["notes"]) ? said["notes"] : []).filter((note) => typeof note === "string").slice(0, 100),
  };
}

/** Which code a run saw, as somebody else says: what is no commit is none, and no path leads out. */
export function codeStateOf(state: Fields): CodeState {
  const count = (value: unknown): number => (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0);
  const text = (value: unknown): string | null => (typeof value === "string" && value !== "" && !value.startsWith("-") ? value.slice(0, 1000) : null);
  const { commit } = state;
  const files = list(state["files"]).flatMap(({ path, added, removed, state: how }) => {
    const found = STATES.find((one) => one === how);
    return typeof path === "string" && isInner(path) && found !== undefined ? [{ path, added: count(added), removed: count(removed), state: found }] : [];
  });
  return {
    kind: state["kind"] === "git" ? "git" : "files",
    commit: typeof commit === "string" && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit) ? commit : null,
    branch: text(state["branch"]),
    remote: text(state["remote"]),
    author: text(state["author"]),
    added: count(state["added"]),
    removed: count(state["removed"]),
    files,
  };
}

/** environment.json: variables and host as text and numbers, interpreter and packages where the command was Python's. */
export function environmentOf(folder: string): {
  readonly variables: Record<string, string>;
  readonly host: Record<string, string | number>;
  readonly python: { interpreter?: string; packages?: { name: string; version: string }[] };
} {
  const said = readObject(join(folder, "environment.json")) ?? {};
  const pairs = (value: unknown): [string, unknown][] => (isObject(value) ? Object.entries(value) : []);
  const packages = list(said["packages"]).flatMap(({ name, version }) => (typeof name === "string" && typeof version === "string" ? [{ name, version }] : []));
  return {
    variables: Object.fromEntries(pairs(said["variables"]).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : []))),
    host: Object.fromEntries(pairs(said["host"]).flatMap(([key, value]) => (typeof value === "string" || (typeof value === "number" && Number.isFinite(value)) ? [[key, value]] : []))),
    python: { ...(typeof said["interpreter"] === "string" ? { interpreter: said["interpreter"] } : {}), ...(packages.length > 0 ? { packages } : {}) },
  };
}

/** files.json: size and digest of what the run read and wrote, by the absolute path that it had there. */
export function measuredOf(folder: string): ReadonlyMap<string, { readonly bytes: number; readonly digest: string }> {
  const said = readObject(join(folder, "files.json")) ?? {};
  return new Map(
    Object.entries(said).flatMap(([path, value]) => {
      if (!isObject(value)) return [];
      const { bytes, digest } = value;
      return typeof bytes === "number" && typeof digest === "string" && /^(sampled-)?sha256:[0-9a-f]{64}$/.test(digest) ? [[path, { bytes, digest }] as const] : [];
    }),
  );
}

/** The whole of a plain file of bounded size that lies in the folder; null for anything else. */
export function contentOf(folder: string, name: string): Uint8Array | null {
  const file = join(folder, name);
  const handle = realPathIn(folder, file) === null || plainSize(file) > MOST_CONTENT_BYTES ? null : openPlain(file);
  if (handle === null) return null;
  try {
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The latest time that any of its streams names, UTC ms: when a run that nobody saw the end of was last seen. */
export function lastSign(files: LaunchFiles, start: number): number {
  const times = [files.events, files.samples, files.spool].flatMap((file) => [...tailOf(file).matchAll(/"t": ?(\d{1,16})\b/g)].map(([, time]) => Number(time)));
  return Math.max(start, ...times.filter((time) => time <= Date.now()));
}

function tailOf(file: string): string {
  const size = plainSize(file);
  const handle = size === 0 ? null : openPlain(file);
  if (handle === null) return "";
  try {
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    return bytes.toString("latin1", 0, readSync(handle, bytes, 0, bytes.length, size - bytes.length));
  } finally {
    closeSync(handle);
  }
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.slice(0, MOST_LISTED).filter(isObject) : [];
}
