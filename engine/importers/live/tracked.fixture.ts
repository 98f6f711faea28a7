import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { preparePython } from "../../../test/run/python.ts";
import type { EngineConnection } from "../../api/connect.ts";
import { launchGet, launchStart } from "../../api/launches.ts";
import { metricCurves, runsGet, type RunDetail } from "../../api/runs.ts";
import type { TestEngines } from "../../life/engines.fixture.ts";

/** What a script of these tests begins with: `wait(name)` goes on once the test says so, at most for a minute. */
export const WAIT = `
import os, time
def wait(name):
    end = time.monotonic() + 60
    while not os.path.exists(name) and time.monotonic() < end:
        time.sleep(0.01)
`;

/** A launch of `train.py` in a folder of its own. */
export class Tracked {
  readonly folder: string;
  readonly engine: EngineConnection;
  launchId = "";
  runId = "";

  constructor(engines: TestEngines, name: string, files: Readonly<Record<string, string>>) {
    this.folder = engines.folder(name);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), content);
    }
    this.engine = engines.connect(this.folder);
  }

  async start(env: Readonly<Record<string, string>> = {}, python = preparePython()): Promise<this> {
    const own = { PATH: process.env["PATH"] ?? "", HOME: this.folder, ...env };
    Object.assign(this, await this.engine.request(launchStart, { command: [await python, "train.py"], cwd: this.folder, env: own, from: "cli" }));
    return this;
  }

  /** The script's `wait` of that name ends. */
  go(name: string): void {
    writeFileSync(join(this.folder, name), "");
  }

  /** What was printed. */
  log(): string {
    const file = join(this.folder, ".touchstone", "launches", this.launchId, "log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  async points(key: string, runId = this.runId): Promise<[number, number][]> {
    const { curves } = await this.engine.request(metricCurves, { runIds: [runId], key, x: "step", maxPoints: 10_000 });
    return [...(curves[0]?.x ?? [])].map((step, index) => [step, curves[0]?.y[index] ?? Number.NaN]);
  }

  /** The runs of the launch, its own one first. */
  async runs(): Promise<RunDetail[]> {
    const { launch } = await this.engine.request(runsGet, { runId: this.runId });
    return Promise.all((launch?.runIds ?? []).map((runId) => this.engine.request(runsGet, { runId })));
  }

  /** Waits until a key has so many points in the launch's run, or in the one of that place; the script has not ended then. */
  async live(key: string, count: number, place = 0): Promise<void> {
    const end = performance.now() + 60_000;
    const stored = async (): Promise<number> => {
      const run = (await this.runs())[place];
      return run === undefined ? 0 : (await this.points(key, run.head.runId)).length;
    };
    while ((await stored()) < count) {
      const over = performance.now() > end || (await this.engine.request(launchGet, { launchId: this.launchId })).end !== null;
      assert.ok(!over, `${key} has ${await stored()} of ${count} points; ${this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal((await this.engine.request(launchGet, { launchId: this.launchId })).end, null, "the script is still running");
  }

  async ended(): Promise<RunDetail> {
    while ((await this.engine.request(launchGet, { launchId: this.launchId })).end === null) await new Promise((resolve) => setTimeout(resolve, 20));
    const { exitCode } = await this.engine.request(launchGet, { launchId: this.launchId });
    assert.equal(exitCode, 0, this.log());
    return this.engine.request(runsGet, { runId: this.runId });
  }
}

/** Names of its metrics but those of the machine. */
export const keysOf = ({ metrics }: RunDetail): string[] => metrics.map(({ key }) => key).filter((key) => !key.startsWith("system/")).sort();
