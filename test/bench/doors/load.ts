import assert from "node:assert/strict";
import { Agent, request } from "node:http";

/** Plain HTTP with kept connections: what a server takes, without a client library's own work. */
export class Load {
  readonly #uri: string;
  readonly #agent: Agent;

  constructor(uri: string, connections: number) {
    this.#uri = uri;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Sends a call and gives its body. @throws AssertionError unless the answer is 200. */
  bytes(method: string, path: string, body?: string | Uint8Array, type = "application/json"): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(body) };
      const sent = request(this.#uri + path, { method, agent: this.#agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
        answer.on("end", () => {
          const bytes = Buffer.concat(chunks);
          if (answer.statusCode === 200) resolve(bytes);
          else reject(new assert.AssertionError({ message: `${method} ${path}: ${answer.statusCode} ${bytes.toString("utf8", 0, 500)}` }));
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const bytes = await this.bytes(method, `/api/2.0/mlflow/${path}`, body === undefined ? undefined : JSON.stringify(body));
    // SAFETY: the caller names the shape of MLflow's API and checks the values that it takes from it.
    return JSON.parse(bytes.toString("utf8")) as T;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Calls a second that `connections` workers make one after the other; `call` gets the worker and the number of its call. */
export async function rate(connections: number, seconds: number, call: (worker: number, number: number) => Promise<unknown>): Promise<{ rate: number; calls: readonly number[] }> {
  await Promise.all(Array.from({ length: connections }, (_, worker) => call(worker, 0)));
  const start = performance.now();
  const calls = await Promise.all(
    Array.from({ length: connections }, async (_, worker) => {
      let number = 1;
      for (; performance.now() - start < seconds * 1000; number++) await call(worker, number);
      return number;
    }),
  );
  return { rate: (calls.reduce((sum, count) => sum + count - 1, 0) * 1000) / (performance.now() - start), calls };
}

/** Milliseconds that something takes. */
export async function milliseconds(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}
