import { refusedPlace } from "../../mlflow/modelSources.ts";
import type { Readers } from "../store.ts";
import type { RegisteredModelSource, VersionSource } from "../../importers/records.ts";
import type { WholeRegistered, WholeVersion } from "../operations/registry.ts";

/** A registered model of a source as the store holds it. */
export function wholeRegistered({ k: _k, aliases, ...rest }: RegisteredModelSource): WholeRegistered {
  return { ...rest, aliases: aliases.filter(({ version }) => /^\d+$/.test(version)).map(({ alias, version }) => ({ alias, version: Number(version) })) };
}

/**
 * A version of a source as the store holds it. Where its files lie among the artifacts of a run that was taken in, they
 * are found there: the place that the source names may be another computer's. A place that a client may not register either
 * (a file of this computer that no run or model here holds) is left out, so that nobody loads it by the model's name.
 */
export function importedVersions(read: Pick<Readers, "runs" | "models" | "experiments">) {
  return (said: VersionSource, runId: string | null): { readonly whole: WholeVersion; readonly problem: string | null } => {
    const { version, storage, run, model, k: _k, name, ...rest } = said;
    const place = storage ?? said.source;
    const within = run === null ? undefined : place.split(`/${run}/artifacts/`)[1];
    const ofModel = model !== null && (said.source === `models:/${model}` || place.endsWith(`/models/${model}/artifacts`));
    const location = ofModel ? `models:/${model}` : within === undefined || runId === null ? place : `runs:/${runId}/${within}`;
    const refused = place === "" ? null : refusedPlace({ source: location, runId, modelId: model }, read);
    const problem = refused === null ? null : `The files of version ${name}/${version} are not taken from ${place}: ${refused}`;
    return { whole: { ...rest, version: Number(version), runId, modelId: model, location: refused === null ? location : "" }, problem };
  };
}
