import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import * as vscode from "vscode";

/**
 * Stands in for the Jupyter extension, which is on no registry of npm: its exports have the shape that it publishes as
 * @vscode/jupyter-extension 1.1.1 (api.d.ts: Jupyter, Kernels, Kernel, Output, OutputItem; the part without servers), and behind
 * them is a real ipykernel. `test` is the suite's own door.
 */
export interface Jupyter {
  readonly kernels: Kernels;
  readonly test: {
    /** What a person does with a first cell: from then on the notebook has a kernel. */
    start(notebook: vscode.Uri, folder: string): Promise<void>;
    /** What a person does with a cell. Gives what it put out. */
    runCell(notebook: vscode.Uri, source: string): Promise<readonly Output[]>;
    setLanguage(notebook: vscode.Uri, language: string): void;
    /** The person denies access: in the real extension the kernel is not given then. */
    deny(denied: boolean): void;
    stop(): Promise<void>;
  };
}
interface Kernels {
  getKernel(uri: vscode.Uri): Thenable<Kernel | undefined>;
}
interface Kernel {
  readonly status: "idle" | "busy" | "dead";
  readonly onDidChangeStatus: vscode.Event<"idle" | "busy" | "dead">;
  language: string;
  executeCode(code: string, token: vscode.CancellationToken): AsyncIterable<Output>;
}
export interface Output {
  items: { mime: string; data: Uint8Array }[];
  metadata?: { [key: string]: unknown };
}

interface Line {
  readonly mime?: string;
  readonly text?: string;
  readonly done?: string;
}

class LiveKernel implements Kernel {
  status: "idle" | "busy" | "dead" = "idle";
  language = "python";
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #changed = new vscode.EventEmitter<"idle" | "busy" | "dead">();
  readonly onDidChangeStatus = this.#changed.event;

  constructor(folder: string) {
    this.#child = spawn(process.env["TOUCHSTONE_TEST_PYTHON"] ?? "python3", [join(__dirname, "kernel.py"), folder], { stdio: ["pipe", "pipe", "inherit"] });
    if (this.#child.stdout === null) throw new Error("A pipe was asked for.");
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ready(): Promise<void> {
    await this.#next();
  }

  async *executeCode(code: string, _token: vscode.CancellationToken): AsyncIterable<Output> {
    yield* this.run(code, true);
  }

  async *run(code: string, quiet: boolean): AsyncIterable<Output> {
    this.#child.stdin?.write(`${JSON.stringify({ code, quiet })}\n`);
    for (let line = await this.#next(); line.done === undefined; line = await this.#next()) {
      yield { items: [{ mime: line.mime ?? "text/plain", data: new TextEncoder().encode(line.text ?? "") }], metadata: {} };
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "close");
    this.#child.stdin?.end();
    await ended;
    this.status = "dead";
    this.#changed.fire("dead");
  }

  async #next(): Promise<Line> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("The kernel is gone.");
    return JSON.parse(value);
  }
}

export function activate(): Jupyter {
  const kernels = new Map<string, LiveKernel>();
  let denied = false;
  const kernelOf = (notebook: vscode.Uri): LiveKernel => {
    const kernel = kernels.get(notebook.toString());
    if (kernel === undefined) throw new Error(`No kernel was started for ${notebook.fsPath}.`);
    return kernel;
  };
  return {
    kernels: { getKernel: async (uri) => (denied ? undefined : kernels.get(uri.toString())) },
    test: {
      async start(notebook, folder = dirname(notebook.fsPath)) {
        const kernel = new LiveKernel(folder);
        await kernel.ready();
        kernels.set(notebook.toString(), kernel);
      },
      async runCell(notebook, source) {
        const outputs: Output[] = [];
        for await (const output of kernelOf(notebook).run(source, false)) outputs.push(output);
        return outputs;
      },
      setLanguage: (notebook, language) => (kernelOf(notebook).language = language),
      deny: (value) => (denied = value),
      async stop() {
        for (const kernel of kernels.values()) await kernel.stop();
        kernels.clear();
      },
    },
  };
}
