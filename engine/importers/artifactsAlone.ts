import { entriesOf } from "./files.ts";
import { type Place, within } from "./mlrunsRun.ts";

/** Folders within that of an experiment whose folders are things of their own. */
const SHELVES = new Set(["models", "traces"]);

/** Whether a folder of a run, a model or a trace holds artifacts and nothing else: what MLflow describes in a database has them in the same places, without a meta.yaml. */
export function holdsArtifactsAlone(folder: string): boolean {
  const entries = entriesOf(folder);
  return entries.length > 0 && entries.every((entry) => entry.isDirectory() && entry.name === "artifacts");
}

/** The folders of runs, models and traces of an experiment that hold artifacts alone; `whole`: nothing else is in it, so that the experiment is a database's too. */
export function artifactsAloneIn(experiment: Place): { readonly places: readonly Place[]; readonly whole: boolean } {
  const inner = entriesOf(experiment.folder);
  const things = inner.flatMap((entry) => {
    const place = within(experiment, entry.name);
    return SHELVES.has(entry.name) ? entriesOf(place.folder).map(({ name }) => within(place, name)) : [place];
  });
  const places = things.filter(({ folder }) => holdsArtifactsAlone(folder));
  return { places, whole: places.length > 0 && places.length === things.length };
}
