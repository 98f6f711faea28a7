// Reporter of node:test for machines: one JSON object a line for each test that ended (not for groups), the summary last.
// @ts-check
import { relative, resolve } from "node:path";

/** @param {AsyncIterable<{ type: string, data: any }>} source */
export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type === "test:summary" && data.file === undefined) yield `${JSON.stringify({ k: "end" })}\n`;
    if ((type !== "test:pass" && type !== "test:fail") || data.details?.type === "suite") continue;
    const file = data.file === undefined ? "" : relative(process.cwd(), data.file);
    // A file without a test is itself reported as one that passed.
    const isFile = data.nesting === 0 && resolve(data.name) === resolve(data.file ?? data.name) && data.name.includes(".test.");
    const because = data.skip ?? data.todo;
    const error = data.details?.error;
    yield `${JSON.stringify({
      k: isFile && type === "test:pass" ? "empty" : because !== undefined ? "skip" : type === "test:pass" ? "pass" : "fail",
      title: isFile ? file : `${file}: ${data.name}`,
      because: typeof because === "string" ? because : "it is marked so without a reason",
      error: error === undefined ? "" : String(error.cause?.stack ?? error.cause ?? error.stack ?? error.message),
    })}\n`;
  }
}
