import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import type { Readable } from "node:stream";

export interface RawAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly headers: IncomingHttpHeaders;
  /** Of a JSON answer; {} of any other. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** One call as it is written: `fetch` would resolve the path, refuse headers, and add its own. */
export function rawCall(uri: string, options: RequestOptions, body?: string | Uint8Array | Readable): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(uri, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const bytes = Buffer.concat(chunks);
        const isJson = response.headers["content-type"]?.startsWith("application/json") === true && bytes.length > 0;
        resolve({ status: response.statusCode ?? 0, bytes, headers: response.headers, json: isJson ? JSON.parse(bytes.toString("utf8")) : {} });
      });
    });
    sent.once("error", reject);
    if (body === undefined) sent.end();
    else if (typeof body === "string" || body instanceof Uint8Array) sent.end(body);
    else body.pipe(sent);
  });
}
