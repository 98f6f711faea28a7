import type { ComparedCode, ComparedFile } from "../api/compare.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { diffCode } from "../code/diff.ts";
import { type RunCode, codeOfRun } from "../code/recorded.ts";
import type { Services } from "../services.ts";
import { countChangedLines } from "./lines.ts";

/** Files whose lines are counted, at most; the others are named without numbers. */
const COUNTED = 200;

/** The code of each run against that of one of them, by content. */
export async function compareCode(services: Services, runIds: readonly string[], against: number): Promise<ComparedCode> {
  const codes = await Promise.all(runIds.map((runId) => codeOfRun(services, runId)));
  const states = codes.map((code) => {
    if (!code) return null;
    const { commit, branch, added, removed } = code.recorded.state;
    return { commit, branch, added, removed };
  });
  const base = codes[against];
  const known = codes.filter((code) => code !== null).length;
  if (!base || known < 2) return { states, differs: null, files: [], note: known === 0 ? "No code was captured: these runs were not started by Run & track." : "The code of only one of these runs was captured." };
  const files = new Map<string, (ComparedFile["changes"][number] | null)[]>();
  const notes: string[] = known < codes.length ? ["The code of some of these runs was not captured."] : [];
  for (const [i, other] of codes.entries()) {
    if (!other || i === against) continue;
    try {
      await addChanges(files, base, other, i, codes.length);
    } catch (error) {
      // A commit that is gone takes the code section, not the page.
      if (!(error instanceof TouchstoneError)) throw error;
      notes.push(error.shape.message);
    }
  }
  const rows = [...files].map(([path, changes]): ComparedFile => ({ path, changes })).sort((a, b) => (a.path < b.path ? -1 : 1));
  return { states, differs: rows.length > 0, files: rows, note: notes.length === 0 ? null : notes.join(" ") };
}

/** Whether Touchstone itself writes this file into the folder: people commit it, but no run is different for it. */
export const isOwnFile = (path: string): boolean => OWN_FILE.test(path);

const OWN_FILE = /^(touchstone\.yaml$|labels\/[^/]+\/(labels\.yaml|guidelines\.md|items\.jsonl|\.gitattributes|votes\/))/;

async function addChanges(files: Map<string, (ComparedFile["changes"][number] | null)[]>, base: RunCode, other: RunCode, index: number, runs: number): Promise<void> {
  const changes = (await diffCode(base, other)).filter(({ path }) => !isOwnFile(path));
  for (const [n, { path, state }] of changes.entries()) {
    const lines = n < COUNTED ? countChangedLines(await base.file(path), await other.file(path)) : null;
    const row = files.get(path) ?? Array.from({ length: runs }, () => null);
    row[index] = { state, added: lines?.added ?? null, removed: lines?.removed ?? null };
    files.set(path, row);
  }
}
