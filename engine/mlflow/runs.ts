import { randomUUID } from "node:crypto";
import type { RunRecord } from "../store/records.ts";
import { checkActive, experimentOf, viewOf } from "./experiments.ts";
import { invalid, missing } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { pageSize, plainTagOf } from "./limits.ts";
import { madeJustNow } from "./retries.ts";
import { runPage, runWriter } from "./runJson.ts";
import { type DoorServices, JsonPieces, type Routes, experimentsOf } from "./route.ts";
import { defaultRunName, runInfo, runShape, statusOf } from "./shapes.ts";

export const NAME_TAG = "mlflow.runName";
const PARENT_TAG = "mlflow.parentRunId";
const MAX_RESULTS = 50_000;

/** The run that a call names; older clients say `run_uuid`. */
export function runOf({ store }: DoorServices, fields: Fields): RunRecord {
  const runId = fields.has("run_id") ? fields.text("run_id") : (fields.optionalText("run_uuid") ?? fields.text("run_id"));
  const run = store.read.runs.byId(runId);
  if (!run) throw missing(`Run with id=${runId} not found`);
  return run;
}

/** Routes of runs: how they begin, go on, end, and are found. */
export function runRoutes(services: DoorServices): Routes {
  const { store, artifacts, retries } = services;

  const writeRun = runWriter(store.read);

  return {
    async "POST runs/create"({ fields, launchId, madeId, digest, response }) {
      const request = digest();
      const asked = fields.anyText("experiment_id");
      const [start, runName] = [fields.optionalInteger("start_time") ?? Date.now(), fields.anyText("run_name")];
      const tags = fields.list("tags", plainTagOf);
      const tagged = new Map(tags.map(({ key, value }) => [key, value]));
      const experiment = checkActive(experimentOf(store.read, asked === "" ? "0" : asked));
      const given = runName || tagged.get(NAME_TAG) || "";
      if (tagged.has(NAME_TAG) && runName !== "" && tagged.get(NAME_TAG) !== runName) {
        throw invalid(`Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${runName}', mlflow.runName='${tagged.get(NAME_TAG)}').`);
      }
      const parentRunId = tagged.get(PARENT_TAG);
      const fresh = madeId !== undefined && /^[0-9a-f]{32}$/.test(madeId) && !store.read.runs.byId(madeId) ? madeId : randomUUID().replaceAll("-", "");
      const launch = launchId === undefined ? undefined : store.read.launches.byId(launchId);
      const run = await retries.once(request, response, () => madeUnheard(request, fields.has("start_time"), launch?.runId ?? undefined), async () => {
        const { runId } = await store.write("run.create", {
          runId: fresh,
          experimentId: experiment.id,
          name: given === "" ? defaultRunName(fresh) : given,
          named: given !== "",
          user: fields.optionalText("user_id") ?? null,
          start,
          tags,
          request,
          ...(launch ? { launchId: launch.launchId } : {}),
          ...(parentRunId === undefined ? {} : { parentRunId }),
        });
        return existing(runId);
      });
      // Also for a repeated call: the first one may have broken off between the adoption and here.
      if (launch && run.runId === launch.runId) await artifacts.moved(run.runId, store.read.experiments.idOf(launch.experimentId));
      // A run that is new has no outputs, and MLflow says nothing of them.
      const { outputs: _, ...shape } = runShape(run, store.read);
      return { run: shape };
    },

    "GET runs/get": ({ fields }) => ({ run: runShape(runOf(services, fields), store.read) }),

    async "POST runs/update"({ fields, launchId }) {
      const { runId } = runOf(services, fields);
      const given = fields.enumeration("status");
      const status = given === "" ? undefined : statusOf(given, () => fields.refused("status"));
      const end = status === "running" ? null : fields.optionalInteger("end_time");
      const name = fields.anyText("run_name");
      if (status === "running" && launchId !== undefined) {
        const before = store.read.launches.byId(launchId)?.runId;
        await store.write("run.resume", { launchId, runId });
        await artifacts.handedOver(before, store.read.launches.byId(launchId)?.runId);
      }
      await store.write("run.update", {
        runIds: [runId],
        ...(status === undefined ? {} : { status }),
        ...(end === undefined ? {} : { end }),
        ...(name === "" ? {} : { name, nameFrom: "client", setTags: [{ key: NAME_TAG, value: name }] }),
      });
      return { run_info: runInfo(existing(runId), store.read) };
    },

    async "POST runs/delete"({ fields }) {
      await store.write("run.update", { runIds: [runOf(services, fields).runId], deleted: true });
      return {};
    },
    async "POST runs/restore"({ fields }) {
      await store.write("run.update", { runIds: [runOf(services, fields).runId], deleted: false });
      return {};
    },

    async "POST runs/search"({ fields, launchId }) {
      const asked = fields.texts("experiment_ids");
      const wrong = asked.find((id) => !/^-?\d+$/.test(id));
      const query = { experimentIds: experimentsOf(services, asked, launchId), filter: fields.anyText("filter"), orderBy: fields.texts("order_by"), view: viewOf(fields, "run_view_type") };
      if ((fields.optionalInteger("max_results") ?? 0) > MAX_RESULTS) throw fields.refused("max_results");
      const size = pageSize(fields, 1000, MAX_RESULTS);
      if (wrong !== undefined) throw invalid(`Invalid experiment ID '${wrong}'. Experiment ID must be a valid integer.`);
      return new JsonPieces(runPage(await services.search.page(query, size, fields.anyText("page_token")), store.read, writeRun));
    },
  };

  /**
   * The run of an earlier call with these words whose client never heard of it: so nobody can have logged to it or ended it.
   * Else two runs that begin with the same words, before and after a restart, would become one.
   *
   * @param placeholder - The run that its launch began with, to which the launch itself logs.
   */
  function madeUnheard(request: string, timed: boolean, placeholder: string | undefined): RunRecord | undefined {
    const found = store.read.runs.byRequest(request);
    // Without a time of its own it has that of its making.
    const run = timed || found === undefined ? found : madeJustNow({ ...found, created: found.start });
    if (run === undefined || run.end !== null || run.deleted !== null) return undefined;
    if (run.runId === placeholder) return run;
    const { latest, params } = store.read.runs.rows(run.runKey);
    return latest.length === 0 && params.length === 0 ? run : undefined;
  }

  function existing(runId: string): RunRecord {
    const run = store.read.runs.byId(runId);
    if (!run) throw missing(`Run with id=${runId} not found`);
    return run;
  }
}
