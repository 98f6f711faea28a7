import { readdirSync, readFileSync } from "node:fs";

/**
 * Ends every process whose environment holds `name=value`: what a host started and detached, such as engines and
 * runners. Only Linux shows the environment of a process as a file; elsewhere the engine's own idle time ends it.
 */
export function endMarked(name: string, value: string): number {
  if (process.platform !== "linux") return 0;
  const mark = `${name}=${value}`;
  let ended = 0;
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark)) continue;
      process.kill(pid, "SIGKILL");
      ended++;
    } catch {
      // It ended by itself, or belongs to somebody else.
    }
  }
  return ended;
}
