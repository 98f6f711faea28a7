// Runs inside VS Code's extension host: every bundled suite beside this file, reported line by line over a socket.
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import Mocha from "mocha";
import type { ReportLine } from "../run/suite.ts";

/** VS Code calls this after it activated what the window needs. */
export async function run(): Promise<void> {
  const socket = connect(Number(process.env["TOUCHSTONE_REPORT_PORT"]), "127.0.0.1");
  await once(socket, "connect");
  const say = (line: ReportLine): void => void socket.write(`${JSON.stringify(line)}\n`);
  try {
    await runMocha(say);
    say({ k: "end" });
  } catch (error) {
    say({ k: "fail", title: "loading the suites", error: text(error) });
  }
  await closed(socket);
}

function runMocha(say: (line: ReportLine) => void): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: 60_000, reporter: class Quiet extends Mocha.reporters.Base {} });
  const folder = __dirname;
  for (const name of readdirSync(folder).sort()) if (name.endsWith(".suite.cjs")) mocha.addFile(join(folder, name));
  return new Promise((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on("pass", (test) => say({ k: "pass", title: test.fullTitle() }));
    runner.on("pending", (test) => say({ k: "skip", title: test.fullTitle(), because: "it is marked so without a reason" }));
    runner.on("fail", (test, error: unknown) => say({ k: "fail", title: test.fullTitle(), error: text(error) }));
  });
}

async function closed(socket: Socket): Promise<void> {
  const close = once(socket, "close");
  socket.end();
  await close;
}

const text = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
