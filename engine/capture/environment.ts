import { execFile } from "node:child_process";
import { arch, cpus, hostname, platform, release, totalmem } from "node:os";

type HostFacts = Readonly<Record<string, number | string | null>>;

const LONGEST_MS = 5_000;

/** The machine as it is when a launch begins. `memory` and `gpu<i>.memory` are bytes, `cores` logical processors. */
export async function describeHost(): Promise<HostFacts> {
  const processors = cpus();
  return {
    name: hostname(),
    system: `${platform()} ${release()}`,
    architecture: arch(),
    cpu: processors[0]?.model.trim() ?? null,
    cores: processors.length,
    memory: totalmem(),
    ...(await gpus()),
  };
}

/** What nvidia-smi says; nothing where there is none. */
async function gpus(): Promise<HostFacts> {
  const said = await new Promise<string>((resolve) => {
    const query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"];
    execFile("nvidia-smi", query, { timeout: LONGEST_MS, windowsHide: true }, (error, stdout) => resolve(error ? "" : stdout));
  });
  const facts: Record<string, number | string> = {};
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  for (const [index, line] of lines.entries()) {
    const [name = "", mebibytes = "", driver = ""] = line.split(",").map((part) => part.trim());
    facts[`gpu${index}`] = name;
    if (Number.isFinite(Number(mebibytes))) facts[`gpu${index}.memory`] = Number(mebibytes) * 1024 * 1024;
    facts["gpu.driver"] = driver;
  }
  return lines.length > 0 ? { gpus: lines.length, ...facts } : {};
}
