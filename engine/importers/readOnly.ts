import { agentsCall, agentsQuestion } from "../api/agents.ts";
import { artifactsModel, artifactsTable } from "../api/artifacts.ts";
import { codeAnnotations, codeDiff, codeFile } from "../api/code.ts";
import { runsCompare, runsCompareData, runsCompareSlices } from "../api/compare.ts";
import { configCheck, configComplete, configGet, configHover } from "../api/config.ts";
import { engineDrain, engineStatus, engineTrackingEnvironment } from "../api/engine.ts";
import { evaluationDescribe, evaluationList, evaluationLocate, evaluationPreview, evaluationResiduals, evaluationRows, evaluationRun, evaluationSlices, evaluationView } from "../api/evaluation.ts";
import { exportersRun } from "../api/exporters.ts";
import { expressionCheck, expressionComplete } from "../api/expressions.ts";
import { runsGroups, runsMembers } from "../api/groups.ts";
import { importersFind, importersSources } from "../api/importers.ts";
import { labelsAgreement, labelsAnnotator, labelsList, labelsLocate, labelsNext, labelsOpen, labelsPreview, labelsStatus } from "../api/labeling.ts";
import { launchGet, launchList, launchLog, launchUnfollow } from "../api/launches.ts";
import { remoteStatus } from "../api/remote.ts";
import { artifactsList, artifactsRead, experimentsList, metricCurves, runsAnswer, runsGet, runsKeys, runsPositions, runsWindow } from "../api/runs.ts";
import { storageAbout, storageBackUp, storageOpened, storagePreview, storageUsage } from "../api/storage.ts";
import type { ErrorShape } from "../api/tokens.ts";
import { runsExport, runsSite, runsSpread } from "../api/views.ts";
import type { SocketRpcServer } from "../rpc/server.ts";

/**
 * What may be asked of a store that is only read; a request that is not here is refused, also one that somebody adds. An evaluation is
 * made and not kept, an export or a backup goes where the person says, and an agent's tool asks by these same requests.
 */
const READS = [
  agentsCall, agentsQuestion, artifactsList, artifactsModel, artifactsRead, artifactsTable, codeAnnotations, codeDiff, codeFile, configCheck, configComplete, configGet, configHover,
  engineDrain, engineStatus, engineTrackingEnvironment,
  evaluationDescribe, evaluationList, evaluationLocate, evaluationPreview, evaluationResiduals, evaluationRows, evaluationRun, evaluationSlices, evaluationView,
  experimentsList, exportersRun, expressionCheck, expressionComplete, importersFind, importersSources,
  labelsAgreement, labelsAnnotator, labelsList, labelsLocate, labelsNext, labelsOpen, labelsPreview, labelsStatus, launchGet, launchList, launchLog, launchUnfollow,
  metricCurves, remoteStatus, runsAnswer, runsCompare, runsCompareData, runsCompareSlices, runsExport, runsGet, runsGroups, runsKeys, runsMembers, runsPositions, runsSite, runsSpread, runsWindow,
  storageAbout, storageBackUp, storageOpened, storagePreview, storageUsage,
] as const;

/** What a person reads who wants to change something of a bundle, and as a note on its store. */
export function bundleRefusal(name: string): ErrorShape {
  return { code: "BUNDLE_READ_ONLY", message: `These runs are of the bundle ${name}, which is opened for reading.`, hint: "Take In Bundle… takes them into a folder of yours; there they can be changed." };
}

/** Once all capabilities have their handlers. */
export function refuseChanges(rpc: Pick<SocketRpcServer, "refuseAllBut">, name: string): void {
  rpc.refuseAllBut(READS, bundleRefusal(name));
}
