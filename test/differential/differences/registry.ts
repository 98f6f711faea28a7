import { calls as each, type Listed } from "../differences.ts";

const FAILS = "A permanent failure is never a 5xx, which clients repeat for minutes; the sentence is the reference's where it has one.";
const CRASH = "The reference breaks down (an HTML page or a Python error with 500); this is a wrong value, and is said to be one.";
const SQL = "The reference shows its database's error; here it is a sentence.";
const GRAMMAR = "The one grammar of filters and orders has its own sentences; the words that clients look for are in them.";
const PAGE = "Page sizes are refused alike everywhere, with the greatest one allowed.";

const message = ["body.message"];
const failure = ["status", "body.error_code"];
const crash = ["status", "body", "body.error_code", "body.message"];

/** Differences of logged models, the registry and evaluation datasets that are meant. */
export const differences: readonly Listed[] = [
  ...each("registeredModels: renamed, with its versions", [5], SQL, message),
  ...each("registeredModels: searches that are refused", [1], PAGE, message),
  ...each("registeredModels: searches that are refused", [3], "A page of none is refused; the reference answers with a token for ever.", ["status", "body.error_code", "body.message", "body.next_page_token"]),
  ...each("registeredModels: searches that are refused", [4, 7, 8], GRAMMAR, message),
  ...each("registeredModels: searches that are refused", [5], FAILS, [...failure, "body.message"]),
  ...each("modelVersions: sources of other places", [21, 22], "No variable of the server's environment allows such a host here.", message),
  ...each("modelVersions: of a logged model", [14], FAILS, failure),
  ...each("modelVersions: of another version", [22], FAILS, failure),
  ...each("modelVersions: of a deleted logged model", [5], FAILS, failure),
  ...each("modelVersions: stages", [12], FAILS, failure),
  ...each("modelVersions: searches that are refused", [1, 2], PAGE, message),
  ...each("modelVersions: searches that are refused", [5, 6, 7], GRAMMAR, message),
  ...each("models: made with less, and refused", [12], SQL, message),
  ...each("models: params and tags", [5], SQL, ["body.error_code", "body.message"]),
  ...each("models: search", [29, 32], "A data set without a digest is any of that name, as the protocol has it; the reference compares the digest with NULL and finds nothing.", ["body.models"]),
  ...each("models: searches that are refused", [4], FAILS, [...failure, "body.message"]),
  ...each("models: searches that are refused", [5, 6], GRAMMAR, message),
  ...each("models: searches that are refused", [11], CRASH, crash),
  ...each("evaluationDatasets: records that are refused, and none", [6, 7, 9, 10, 12], CRASH, crash),
  ...each("evaluationDatasets: records that are refused, and none", [14], "A data set that is not there is not found; the reference shows its database's error.", crash),
  ...each("evaluationDatasets: tags", [6, 7], CRASH, crash),
  ...each("evaluationDatasets: searches that are refused", [1, 2, 3], GRAMMAR, message),
  ...each("evaluationDatasets: searches that are refused", [5], PAGE, message),
];
