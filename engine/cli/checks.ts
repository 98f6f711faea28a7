import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DoctorAnswer } from "../api/cli.ts";
import type { EngineConnection } from "../api/connect.ts";
import { engineStatus } from "../api/engine.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { loadConfig } from "../config/load.ts";
import { refusePlanted } from "../store/planted.ts";
import type { Call } from "./command.ts";

type Finding = DoctorAnswer["checks"][number];

const ok = (check: string, message: string): Finding => ({ check, result: "ok", message });
const note = (check: string, message: string, hint?: string): Finding => ({ check, result: "note", message, ...(hint === undefined ? {} : { hint }) });
const problem = (check: string, message: string, hint?: string): Finding => ({ check, result: "problem", message, ...(hint === undefined ? {} : { hint }) });

export function checkFolder(folder: string, dir: string): readonly Finding[] {
  if (!existsSync(dir)) return [note("store", "This folder has no store yet.", "touchstone run -- python train.py makes one.")];
  try {
    refusePlanted(dir);
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    return [problem("store", error.shape.message, error.shape.hint)];
  }
  const ignore = join(dir, ".gitignore");
  const findings = [
    existsSync(ignore) && readFileSync(ignore, "utf8").split(/\r?\n/).includes("*")
      ? ok("git", "The store is hidden from git.")
      : problem("git", `${ignore} does not hide the store from git.`, "Write a line with * into it, or the store may be committed."),
  ];
  try {
    accessSync(dir, constants.W_OK);
  } catch {
    findings.push(note("folder", `${folder} cannot be written; runs can be looked at, none recorded.`));
  }
  return findings;
}

/** What the editor shows as diagnostics in touchstone.yaml. */
export function checkConfig(folder: string): readonly Finding[] {
  const { exists, file, problems } = loadConfig(folder);
  if (!exists) return [];
  if (problems.length === 0) return [ok("touchstone.yaml", "All of it can be read.")];
  return problems.map(({ severity, line, message }) => (severity === "error" ? problem : note)("touchstone.yaml", `${file}:${line}: ${message}`));
}

/** SQLite's file: whether it is whole, and of which version. Its library is loaded here and no earlier. */
export async function checkStoreFile(dir: string): Promise<{ findings: readonly Finding[]; digests: ReadonlySet<string> }> {
  const file = join(dir, "touchstone.db");
  if (!existsSync(file)) return { findings: [note("database", "Nothing was recorded yet.")], digests: new Set() };
  try {
    const { checkStore } = await import("../store/check.ts");
    const { version, known, damage, dangling, digests } = checkStore(file);
    const findings = [
      damage.length === 0 ? ok("database", "SQLite found no damage.") : problem("database", `SQLite found damage: ${damage.join("; ")}.`, `A copy of earlier days may stand in ${join(dir, "backups")}.`),
      version > known ? note("version", `A newer Touchstone wrote it (schema ${version}; this one knows ${known}), so it is only read.`, "Update Touchstone to record into it.") : ok("version", version === known ? `Schema ${version}.` : `Schema ${version}; it becomes ${known} when it is opened next.`),
    ];
    if (dangling.length > 0) findings.push(problem("references", `Rows refer to what is not there: ${dangling.join(", ")}.`));
    return { findings, digests };
  } catch (error) {
    return { findings: [problem("database", `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)], digests: new Set() };
  }
}

/** Reads all stored content under `root` and compares it with its digest. */
export async function checkArtifacts(root: string, digests: ReadonlySet<string>, call: Call): Promise<readonly Finding[]> {
  const { createBlobStore } = await import("../artifacts/blobs.ts");
  const blobs = createBlobStore(root);
  const wrong: string[] = [];
  let done = 0;
  for (const digest of digests) {
    if (call.signal.aborted) return [note("artifacts", `Interrupted after ${done} of ${digests.size} files.`)];
    try {
      await blobs.verified(digest);
    } catch (error) {
      if (!(error instanceof TouchstoneError)) throw error;
      wrong.push(`${error.shape.code === "BLOB_MISSING" ? "missing" : "damaged"} ${error.shape.file ?? digest}`);
    }
    done += 1;
    if (done % 1000 === 0) call.say(`artifacts: ${done} of ${digests.size}`);
  }
  if (wrong.length === 0) return [ok("artifacts", `${digests.size} stored file${digests.size === 1 ? " is" : "s are"} whole.`)];
  return [problem("artifacts", `${wrong.length} of ${digests.size} stored files: ${wrong.slice(0, 5).join("; ")}${wrong.length > 5 ? "; …" : ""}.`)];
}

/** Folders of artifacts and launches that belong to nothing in the store. */
export async function checkStrays(folder: string, root: string): Promise<readonly Finding[]> {
  const { openStore } = await import("../store/store.ts");
  const { strayFolders } = await import("../storage/strays.ts");
  // What cannot be opened has a finding of its own.
  const store = await openStore({ folder, readOnly: true }).catch(() => null);
  if (store === null) return [];
  try {
    const strays = await strayFolders(store, root);
    if (strays.length === 0) return [];
    return [note("left over", `${strays.length} folder${strays.length === 1 ? " belongs" : "s belong"} to no run, model or trace: ${strays.slice(0, 5).join(", ")}${strays.length > 5 ? ", …" : ""}.`, "Remove them where they hold nothing of yours.")];
  } finally {
    await store.close();
  }
}

/** Folders of launches that no engine could take up. */
export function checkLaunches(dir: string): readonly Finding[] {
  const folder = join(dir, "launches");
  const launches = existsSync(folder) ? readdirSync(folder) : [];
  const broken = launches.filter((launch) => {
    try {
      JSON.parse(readFileSync(join(folder, launch, "launch.json"), "utf8"));
      return false;
    } catch {
      return true;
    }
  });
  if (broken.length === 0) return [ok("launches", `${launches.length} launch folder${launches.length === 1 ? " is" : "s are"} readable.`)];
  return [problem("launches", `${broken.length} of ${launches.length} launch folders have no readable launch.json: ${broken.slice(0, 5).join(", ")}.`, "Their runs keep what the database holds; the folders may be deleted.")];
}

export async function checkEngine(connection: EngineConnection): Promise<readonly Finding[]> {
  try {
    const { version, pid, trackingUri, notes } = await connection.request(engineStatus, null);
    return [ok("engine", `Version ${version} runs as process ${pid} at ${trackingUri}.`), ...notes.map((text) => note("engine", text))];
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    return [error.shape.code === "ENGINE_UNREACHABLE" ? ok("engine", "None runs; the next window or command starts one.") : problem("engine", error.shape.message, error.shape.hint)];
  }
}
