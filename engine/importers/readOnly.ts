import { configEdit } from "../api/config.ts";
import { runsSetBaseline } from "../api/groups.ts";
import { importersFollow, importersImport } from "../api/importers.ts";
import { labelsAddClass, labelsCreate, labelsExport, labelsSetAnnotator, labelsSuggest, labelsUndo, labelsVote } from "../api/labeling.ts";
import { launchPrepare, launchStart } from "../api/launches.ts";
import { notebookPrepare } from "../api/notebooks.ts";
import { offlineTakeIn } from "../api/offline.ts";
import { remoteConnect, remotePush, remoteSync } from "../api/remote.ts";
import { runsDelete, runsRestore, runsUpdate } from "../api/runs.ts";
import { storageGiveBack, storagePrune, storageRestore } from "../api/storage.ts";
import type { ErrorShape } from "../api/tokens.ts";
import { viewsDelete, viewsRename, viewsSave } from "../api/views.ts";
import type { SocketRpcServer } from "../rpc/server.ts";

/** What would change runs, or write beside them: settings of the table, labels, new runs. The store refuses writes besides. */
const CHANGES = [
  runsUpdate, runsDelete, runsRestore, runsSetBaseline, viewsSave, viewsRename, viewsDelete, configEdit, launchStart, launchPrepare, notebookPrepare,
  importersImport, importersFollow, offlineTakeIn, remoteConnect, remoteSync, remotePush, storagePrune, storageGiveBack, storageRestore,
  labelsCreate, labelsVote, labelsUndo, labelsSuggest, labelsAddClass, labelsExport, labelsSetAnnotator,
] as const;

/** What a person reads who wants to change something of a bundle, and as a note on its store. */
export function bundleRefusal(name: string): ErrorShape {
  return { code: "BUNDLE_READ_ONLY", message: `These runs are of the bundle ${name}, which is opened for reading.`, hint: "Take In Bundle… takes them into a folder of yours; there they can be changed." };
}

/** Once all capabilities have their handlers. */
export function refuseChanges(rpc: Pick<SocketRpcServer, "refuse">, name: string): void {
  rpc.refuse(CHANGES, bundleRefusal(name));
}
