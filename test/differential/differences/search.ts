import type { Listed } from "../differences.ts";

const moreThanMlflow = "Ours says more than AND-ed clauses: or, not, parentheses, a param compared with a number.";
const noOrder = "MLflow names the comparators in the random order of a Python set.";

/** Searches: filters, orders and pages. */
export const differences: readonly Listed[] = [
  ...[11, 12, 13].map((call) => ({ case: "search: beyond MLflow: or, not, parentheses", call, reason: moreThanMlflow })),
  { case: "search: filters that are refused", call: 26, reason: moreThanMlflow },
  ...[14, 18, 19].map((call) => ({ case: "search: filters that are refused", call, at: ["body.message"], reason: noOrder })),
  ...[23, 25].map((call) => ({ case: "search: filters that are refused", call, reason: "MLflow lets a filter end in AND, or miss one; here that is taken for a slip." })),
  { case: "search: filters that are refused", call: 24, at: ["body.message"], reason: "Ours says what must follow." },
  ...[2, 3].map((call) => ({ case: "search: orders that are refused", call, at: ["status", "body.error_code"], reason: "A field that stands twice is the caller's mistake, not an internal error that its client would try again." })),
  { case: "search: orders that are refused", call: 4, at: ["body.message"], reason: noOrder },
  { case: "search: pages", call: 15, at: ["body.message"], reason: "MLflow prints the bytes that the token decodes to." },
  ...[3].map((call) => ({ case: "search: experiments that are refused", call, at: ["body.message"], reason: noOrder })),
  { case: "search: experiments that are refused", call: 2, at: ["body.message"], reason: "Ours names more words for the same entities." },
];
