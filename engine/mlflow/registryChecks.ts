import { posix } from "node:path";
import type { TagValue } from "../store/operations.ts";
import { invalid } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { checkedKey } from "./limits.ts";

/** MLflow's limits of its registry (mlflow/utils/validation.py). */
const MAX_KEY = 250;
const MAX_VALUE = 100_000;
const MAX_ALIAS = 255;

const stages = ["None", "Staging", "Production", "Archived"];

/** A name of a registered model. @param field - The name of its field, for messages. */
export function checkedModelName(name: string, field = "name"): string {
  if (name.trim() === "") throw invalid(`Missing value for required parameter '${field}'.`);
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  if (posix.normalize(name) !== name || name === "." || name.startsWith("..")) {
    throw invalid(
      `Invalid value ${JSON.stringify(name)} for parameter 'name' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${posix.normalize(name)}'`,
    );
  }
  return name;
}

/** A version's number; Python's `int` allows blanks around it. A number beyond 2^53 is none that exists. */
export function versionNumber(text: string): number {
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(text)) throw invalid(`Parameter 'version' must be an integer, got '${text}'.`);
  return Number(text.replaceAll("_", ""));
}

/** One of the four stages, whatever its case. */
export function stageOf(text: string): string {
  const found = stages.find((stage) => stage.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw invalid(`Invalid Model Version stage: ${text}. Value must be one of ${stages.join(", ")}.`);
  return found;
}

export function checkedAlias(alias: string): string {
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias)) throw invalid(`Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`);
  if (alias.length > MAX_ALIAS) throw invalid(`'Registered model alias name' exceeds the maximum length of ${MAX_ALIAS} characters`);
  return alias;
}

/** An alias that may be given: not one that means something else in `models:/name@alias`. */
export function newAlias(alias: string): string {
  checkedAlias(alias);
  if (alias.toLowerCase() === "latest") throw invalid("'latest' alias name (case insensitive) is reserved.");
  if (/^v\d+$/i.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`);
  return alias;
}

/** A tag of a registered model or a version. */
export function registryTag(fields: Fields, key: string): TagValue {
  checkedTagKey(key);
  const value = fields.anyText("value");
  if (value.length > MAX_VALUE) throw invalid(`'value' exceeds the maximum length of ${MAX_VALUE} characters`);
  return { key, value };
}

export function checkedTagKey(key: string): string {
  if (key === "") {
    throw invalid(
      `Invalid value "" for parameter 'key' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '.'`,
    );
  }
  if (key.length > MAX_KEY) throw invalid(`'key' exceeds the maximum length of ${MAX_KEY} characters`);
  return checkedKey(key, "key", "key");
}

/** The tag by which MLflow tells a prompt from a model. */
export const PROMPT_TAG = "mlflow.prompt.is_prompt";

export function isPrompt(tags: readonly TagValue[]): boolean {
  return tags.findLast(({ key }) => key === PROMPT_TAG)?.value.toLowerCase() === "true";
}
