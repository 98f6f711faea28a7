import { lstat, mkdir, open, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ArtifactEntry } from "../api/runs.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { diskFull, isDiskFull } from "../platform/diskFull.ts";
import type { ArtifactRow } from "../store/operations.ts";
import type { Store } from "../store/store.ts";
import { type BlobStore, type Content, createBlobStore } from "./blobs.ts";
import { artifactFolder, artifactPath } from "./paths.ts";
import { Quota } from "./quota.ts";
import { assertWithin, hasCode, place, shows, unplace } from "./tree.ts";
import { type UploadPart, Uploads } from "./uploads.ts";

/** Whose artifacts: a run's, a logged model's or a trace's. */
export interface ArtifactOwner {
  readonly kind: "run" | "model" | "trace";
  readonly id: string;
}

/** Blobs younger than this stay in a collection: their index row may not be committed yet. */
const GRACE_MS = 60 * 60 * 1000;

/** The artifacts of a store: contents as blobs, what stands where in the index, and a tree of links for people. */
export interface Artifacts {
  /** Blobs without an owner (code, patches) use the same shelves. */
  readonly blobs: BlobStore;
  /** The root of an owner's tree: `<experiment>/<run>/artifacts`, `<experiment>/models/<model>/artifacts`, `<experiment>/traces/<trace>/artifacts`. */
  rootOf(owner: ArtifactOwner): string;
  /** Resolves once content and index are stored. Throws `INVALID_PATH`, `PATH_TAKEN`, `RUN_NOT_FOUND`, `MODEL_NOT_FOUND`, `TRACE_NOT_FOUND`. */
  put(owner: ArtifactOwner, path: string, content: Content): Promise<ArtifactRow>;
  /** Uploads in parts, each on its own; what is completed is as if it had been `put`. */
  readonly parts: {
    /** Gives the upload's id. */
    create(owner: ArtifactOwner, path: string, parts: number): Promise<string>;
    /** Gives the part's etag. */
    put(id: string, number: number, content: AsyncIterable<Uint8Array>): Promise<string>;
    complete(id: string, owner: ArtifactOwner, path: string, parts: readonly UploadPart[]): Promise<void>;
    abort(id: string): Promise<void>;
  };
  /** Stores the content and its place in the tree, and leaves the index to a write of the caller (`launch.events`). */
  stage(owner: ArtifactOwner, path: string, content: Content): Promise<ArtifactRow>;
  /** Names are relative to the owner's root, folders first. */
  list(owner: ArtifactOwner, folder: string): readonly ArtifactEntry[];
  /**
   * The file with the verified content, and where it is shown to people: its place in the tree, unless something else stands there.
   * Throws `ARTIFACT_MISSING`, `BLOB_CORRUPT`.
   */
  locate(owner: ArtifactOwner, path: string): Promise<{ file: string; row: ArtifactRow; shown: string }>;
  read(owner: ArtifactOwner, path: string, offset: number, length: number): Promise<{ data: Uint8Array; total: number; file: string }>;
  remove(owner: ArtifactOwner, path: string): Promise<void>;
  /** Call after a run moved to another experiment: its tree follows. Calling it again does no harm, and finishes what broke off. */
  moved(runId: string, fromExperiment: string): Promise<void>;
  /**
   * Call after `run.resume` with the launch's run of before and of now: where what the one had kept became the other's, its tree follows.
   * Calling it again does no harm.
   */
  handedOver(from: string | null | undefined, to: string | null | undefined): Promise<void>;
  /** Makes the trees of all owners anew from the index, of contents that are there. */
  showAll(): Promise<void>;
  /** Takes away the tree of an owner that the store has no longer. */
  forgetTree(owner: ArtifactOwner, experimentId: string): Promise<void>;
  /** The folder that holds contents and trees. */
  readonly root: string;
  /** What artifacts may take, and what they take. */
  readonly quota: Quota;
  /** Frees what nothing refers to. */
  collect(minAgeMs?: number): Promise<{ files: number; bytes: number }>;
}

/**
 * `root` is `.touchstone/artifacts`, or what `serve --artifact-root` named. Of a store that is only read nothing is kept or changed: what would
 * do so throws `STORE_READ_ONLY` before it reads its content.
 */
export function createArtifacts(store: Store, root: string = join(store.dir, "artifacts")): Artifacts {
  const blobs = writableBlobs(store, createBlobStore(root));
  const quota = new Quota(join(root, "blobs"));
  const uploads = new Uploads(root, quota);

  /** An id of a store that somebody planted may be a path. */
  function within(...parts: readonly string[]): string {
    if (parts.some((part) => !/^[\w-]+$/.test(part))) throw new TouchstoneError({ code: "INVALID_PATH", message: `Invalid path: ${parts.join("/")} is no place for artifacts.` });
    return join(root, ...parts);
  }

  function treeOf({ kind, id }: ArtifactOwner, experimentId: string): string {
    return within(experimentId, ...(kind === "run" ? [] : [`${kind}s`]), id, "artifacts");
  }

  function rootOf(owner: ArtifactOwner): string {
    return treeOf(owner, store.read.experiments.idOf(experimentOf(owner)));
  }

  function experimentOf({ kind, id }: ArtifactOwner): number {
    if (kind === "run") {
      const run = store.read.runs.byId(id);
      if (!run) throw new TouchstoneError({ code: "RUN_NOT_FOUND", message: `Run with id=${id} not found` });
      return run.experimentId;
    }
    if (kind === "trace") {
      const trace = store.read.traces.byId(id);
      if (!trace) throw new TouchstoneError({ code: "TRACE_NOT_FOUND", message: `Trace with ID '${id}' not found.` });
      return trace.experimentId;
    }
    const model = store.read.models.byId(id);
    if (!model) throw new TouchstoneError({ code: "MODEL_NOT_FOUND", message: `Logged model with ID '${id}' not found.` });
    return model.experimentId;
  }

  async function stage(owner: ArtifactOwner, path: string, content: Content): Promise<ArtifactRow> {
    store.assertWritable();
    const clean = artifactPath(path);
    const tree = rootOf(owner);
    refuseOverlap(owner, clean);
    await assertWithin(root, tree);
    const { content: metered, undo } = await quota.meter(clean, content instanceof Uint8Array ? [content] : content);
    try {
      const { digest, bytes, fresh } = await blobs.put(metered);
      if (!fresh) undo();
      await mkdir(tree, { recursive: true });
      await place(blobs.path(digest), tree, clean);
      await quota.count(0);
      return { path: clean, bytes, digest, time: Date.now() };
    } catch (error) {
      undo();
      throw isDiskFull(error) ? diskFull(join(tree, clean)) : error;
    }
  }

  /** A name is a file or a folder, never both; the tree could not show it. */
  function refuseOverlap(owner: ArtifactOwner, path: string): void {
    const parts = path.split("/");
    const taken = parts.slice(0, -1).some((_, i) => store.read.artifacts.one(key(owner), parts.slice(0, i + 1).join("/")));
    if (taken || store.read.artifacts.under(key(owner), path).length > 0) {
      throw new TouchstoneError({ code: "PATH_TAKEN", message: `Invalid path: ${path} cannot be both a file and a folder.` });
    }
  }

  async function locate(owner: ArtifactOwner, path: string): Promise<{ file: string; row: ArtifactRow; shown: string }> {
    const row = store.read.artifacts.one(key(owner), artifactPath(path));
    if (!row) throw new TouchstoneError({ code: "ARTIFACT_MISSING", message: `No such artifact: '${path}'` });
    const file = await blobs.verified(row.digest);
    const shown = join(rootOf(owner), row.path);
    return { file, row, shown: (await shows(shown, file)) ? shown : file };
  }

  /** Something was stored in the new tree before the old one came: the index says what belongs there. What it does not know stays. */
  async function merge(owner: ArtifactOwner, source: string): Promise<void> {
    const old = join(source, "artifacts");
    const tree = rootOf(owner);
    await assertWithin(root, tree);
    for (const { path, digest } of store.read.artifacts.under(key(owner), "")) {
      if ((await lstat(join(old, path)).catch(() => null))?.isFile() !== true) continue;
      await place(blobs.path(digest), tree, path);
      await unplace(old, path);
    }
    for (const folder of [old, source]) await rmdir(folder).catch(() => undefined);
  }

  async function put(owner: ArtifactOwner, path: string, content: Content): Promise<ArtifactRow> {
    const row = await stage(owner, path, content);
    try {
      await store.write("artifact.add", { root: key(owner), rows: [row] });
    } catch (error) {
      // The tree shows what the index has.
      const before = store.read.artifacts.one(key(owner), row.path);
      if (before) await place(blobs.path(before.digest), rootOf(owner), row.path).catch(() => undefined);
      else await unplace(rootOf(owner), row.path).catch(() => undefined);
      throw error;
    }
    return row;
  }

  return {
    blobs,
    quota,
    root,
    rootOf,
    stage,
    locate,

    put,

    parts: {
      async create(owner, path, parts) {
        store.assertWritable();
        const clean = artifactPath(path);
        rootOf(owner);
        refuseOverlap(owner, clean);
        return uploads.create(key(owner), clean, parts);
      },
      async put(id, number, content) {
        store.assertWritable();
        return uploads.part(id, number, content);
      },
      async complete(id, owner, path, parts) {
        store.assertWritable();
        await uploads.complete(id, key(owner), artifactPath(path), parts, (content) => put(owner, path, content));
      },
      async abort(id) {
        store.assertWritable();
        await uploads.abort(id);
      },
    },

    list(owner, folder) {
      const clean = artifactFolder(folder);
      const start = clean === "" ? 0 : clean.length + 1;
      const entries = new Map<string, ArtifactEntry>();
      for (const { path, bytes } of store.read.artifacts.under(key(owner), clean)) {
        const end = path.indexOf("/", start);
        const entry = path.slice(0, end === -1 ? undefined : end);
        entries.set(entry, { path: entry, isDir: end !== -1, bytes: end === -1 ? bytes : null });
      }
      return [...entries.values()].sort((a, b) => Number(b.isDir) - Number(a.isDir) || (a.path < b.path ? -1 : 1));
    },

    async read(owner, path, offset, length) {
      const { file, row, shown } = await locate(owner, path);
      const handle = await open(file, "r");
      try {
        const size = Math.max(0, Math.min(length, row.bytes - offset));
        const data = new Uint8Array(size);
        const { bytesRead } = await handle.read(data, 0, size, offset);
        return { data: data.subarray(0, bytesRead), total: row.bytes, file: shown };
      } finally {
        await handle.close();
      }
    },

    async remove(owner, path) {
      const clean = artifactPath(path);
      const tree = rootOf(owner);
      await assertWithin(root, tree);
      await store.write("artifact.remove", { root: key(owner), path: clean });
      await unplace(tree, clean);
    },

    async moved(runId, fromExperiment) {
      store.assertWritable();
      const owner = { kind: "run", id: runId } as const;
      const target = dirname(rootOf(owner));
      const source = within(fromExperiment, runId);
      if (source === target) return;
      await assertWithin(root, source);
      await assertWithin(root, target);
      await mkdir(dirname(target), { recursive: true });
      try {
        await rename(source, target);
      } catch (error) {
        if (hasCode(error, "ENOENT")) return;
        if (!["ENOTEMPTY", "EEXIST", "EPERM"].some((code) => hasCode(error, code))) throw error;
        await merge(owner, source);
      }
    },

    async handedOver(from, to) {
      store.assertWritable();
      if (typeof from !== "string" || typeof to !== "string" || from === to) return;
      const source = rootOf({ kind: "run", id: from });
      await assertWithin(root, source);
      await merge({ kind: "run", id: to }, dirname(source));
    },

    async showAll() {
      store.assertWritable();
      for (const { root: of } of store.read.storage.roots()) {
        const owner = ownerOf(of);
        // One whose owner is gone has no place.
        const tree = owner === null ? null : await Promise.resolve(owner).then(rootOf).catch(() => null);
        if (tree === null) continue;
        await mkdir(tree, { recursive: true });
        for (const { path, digest } of store.read.artifacts.under(of, "")) await place(blobs.path(digest), tree, path).catch(() => undefined);
      }
    },

    async forgetTree(owner, experimentId) {
      store.assertWritable();
      const tree = treeOf(owner, experimentId);
      await assertWithin(root, tree);
      await rm(tree, { recursive: true, force: true });
      await rmdir(dirname(tree)).catch(() => undefined);
    },

    async collect(minAgeMs = GRACE_MS) {
      const freed = await blobs.collect(store.read.artifacts.digests(), minAgeMs);
      await quota.count(-freed.bytes);
      return freed;
    },
  };
}

/** Blobs that take nothing, and give up nothing, where the store is only read. */
function writableBlobs(store: Store, blobs: BlobStore): BlobStore {
  return {
    ...blobs,
    async put(content) {
      store.assertWritable();
      return blobs.put(content);
    },
    async collect(kept, minAgeMs) {
      store.assertWritable();
      return blobs.collect(kept, minAgeMs);
    },
  };
}

function ownerOf(root: string): ArtifactOwner | null {
  const [kind, id = ""] = root.split(":", 2);
  return kind === "run" || kind === "model" || kind === "trace" ? { kind, id } : null;
}

/** The owner's name in the index. */
function key({ kind, id }: ArtifactOwner): string {
  return `${kind}:${id}`;
}
