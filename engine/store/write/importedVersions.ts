import type { RegisteredModelSource, VersionSource } from "../../importers/records.ts";
import type { WholeRegistered, WholeVersion } from "../operations/registry.ts";

/** A registered model of a source as the store holds it. */
export function wholeRegistered({ k: _k, aliases, ...rest }: RegisteredModelSource): WholeRegistered {
  return { ...rest, aliases: aliases.filter(({ version }) => /^\d+$/.test(version)).map(({ alias, version }) => ({ alias, version: Number(version) })) };
}

/**
 * A version of a source as the store holds it. Where its files lie among the artifacts of a run that was taken in, they
 * are found there: the place that the source names may be another computer's.
 */
export function wholeVersion(said: VersionSource, runId: string | null): WholeVersion {
  const { version, storage, run, model, k: _k, name: _name, ...rest } = said;
  const place = storage ?? said.source;
  const within = run === null ? undefined : place.split(`/${run}/artifacts/`)[1];
  return { ...rest, version: Number(version), runId, modelId: model, location: within === undefined || runId === null ? place : `runs:/${runId}/${within}` };
}
