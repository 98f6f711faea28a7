import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Who a process is, beyond its id, which the system gives out again. Linux is tested; macOS (`ps`) and
 * Windows (PowerShell) follow their documentation and were never run.
 */

/** When the process began, as an opaque string that equals itself across calls; null when there is no such process (or only its zombie). */
export function processStart(pid: number): string | null {
  if (pid <= 0) return null;
  if (process.platform === "linux") return linuxStart(pid);
  try {
    if (process.platform === "win32") {
      const command = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`;
      return execFileSync("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", command], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() || null;
    }
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() || null;
  } catch {
    return null;
  }
}

/** True while the very process lives that had this id and start. */
export function isAlive(pid: number, start: string | null): boolean {
  return start !== null && processStart(pid) === start;
}

/** Fields of /proc/<pid>/stat after the command's name: [state, ppid, pgrp, session, …]; null when it is gone. */
export function linuxStat(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name may hold spaces and parentheses; the last parenthesis ends it.
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

function linuxStart(pid: number): string | null {
  const stat = linuxStat(pid);
  if (stat === null || stat[0] === "Z" || stat[0] === "X") return null;
  return `${stat[19] ?? ""}@${bootId()}`;
}

let boot: string | undefined;
/** Start times count from boot, so they name a process only together with it. */
function bootId(): string {
  boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim().slice(0, 8);
  return boot;
}
