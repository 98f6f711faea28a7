import type { ArtifactOwner } from "../artifacts/artifacts.ts";
import type { ArtifactSource } from "../importers/records.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Exporting } from "./beside.ts";
import type { LeftOut } from "./leftOut.ts";

/** A file as the index has it. */
export interface ListedFile {
  readonly name: string;
  readonly size: number;
  readonly digest: string;
}

/** A file of a run, a logged model or a trace, with its digest and where its content lies. */
export interface ExportedFile extends ArtifactSource, ListedFile {
  readonly name: string;
  readonly size: number;
  readonly file: string;
}

/** Contents that are read at a time: each holds a file open. */
const AT_ONCE = 8;

/** The files of an owner, by the index: no content is read. */
export function listedFiles({ store }: Exporting, owner: ArtifactOwner, skip = ""): ListedFile[] {
  return store.read.artifacts.under(`${owner.kind}:${owner.id}`, "").flatMap(({ path, bytes, digest }) => (path === skip ? [] : [{ name: path, size: bytes, digest }]));
}

/** The files of an owner, each verified; one that cannot be read is said, and costs the others nothing. */
export async function exportedFiles(exporting: Exporting, leftOut: LeftOut, owner: ArtifactOwner, skip = ""): Promise<ExportedFile[]> {
  const { artifacts, signal } = exporting;
  const listed = listedFiles(exporting, owner, skip);
  const whose = owner.kind === "run" ? { run: owner.id } : owner.kind === "model" ? { model: owner.id } : {};
  const found: (ExportedFile | null)[] = [];
  const waiting = listed.entries();
  const work = async (): Promise<void> => {
    for (const [at, one] of waiting) {
      signal?.throwIfAborted();
      try {
        const { file } = await artifacts.locate(owner, one.name);
        found[at] = { k: "artifact", ...whose, ...one, file };
      } catch (error) {
        found[at] = null;
        sayDamaged(leftOut, owner, one.name, error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found.filter((one) => one !== null);
}

export function sayDamaged(leftOut: LeftOut, owner: ArtifactOwner, name: string, error: unknown): void {
  leftOut.damaged(`${name} of the ${ownerWords[owner.kind]} ${owner.id}: ${reasonOf(error)}`);
}

const ownerWords = { run: "run", model: "logged model", trace: "trace" } as const;

function reasonOf(error: unknown): string {
  if (error instanceof TouchstoneError) return error.shape.code === "BLOB_CORRUPT" ? "its content is damaged" : error.shape.code === "BLOB_MISSING" ? "its content is gone from the store" : error.shape.message;
  return error instanceof Error ? error.message : String(error);
}
