import { TouchstoneError } from "../api/tokens.ts";
import type { Store } from "../store/store.ts";

/** A shorter beginning names a run today and two tomorrow. */
const SHORTEST = 6;

/**
 * The one id that a person means by an id or its beginning of six characters or more, among the ids that begin with it.
 * @throws TouchstoneError `RUN_NOT_FOUND` for none, several, and too short a beginning.
 */
export function meantId(word: string, beginning: readonly string[], hint = "`touchstone runs` lists them with their ids."): string {
  const ids = [...new Set(beginning)];
  const [only] = ids;
  if (ids.includes(word)) return word;
  if (word.length < SHORTEST) throw notFound(`${word} is too short for a run's id.`, `Give at least ${SHORTEST} characters of it.`);
  if (only === undefined) throw notFound(`There is no run ${word}.`, hint);
  if (ids.length > 1) throw notFound(`${ids.length > 2 ? "Several" : "Two"} runs begin with ${word}: ${ids.map((id) => id.slice(0, word.length + 6)).join(", ")}.`, "Give more of the id.");
  return only;
}

/** The run of a store that a person names by its id or a beginning of it. @throws TouchstoneError `RUN_NOT_FOUND`. */
export function namedRun(store: Store, word: string, hint?: string): string {
  return meantId(word, store.read.runs.byId(word) === undefined ? store.read.runs.idsWith(word) : [word], hint);
}

function notFound(message: string, hint: string): TouchstoneError {
  return new TouchstoneError({ code: "RUN_NOT_FOUND", message, hint });
}
