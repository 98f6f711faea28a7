import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { promisify } from "node:util";
import { linuxStat, processStart } from "./processes.ts";

/**
 * Process trees. Linux reads /proc; macOS asks `ps`, Windows PowerShell and taskkill: those two follow their documentation and
 * were never run.
 */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** The session's leader (Linux); 0 where the system does not tell. */
  readonly session: number;
  readonly zombie: boolean;
  /** Seconds of processor time so far. */
  readonly cpu: number;
  /** Resident memory in bytes. */
  readonly rss: number;
}

/** Names a process beyond its id, which is given out again. */
export interface ProcessId {
  readonly pid: number;
  readonly start: string | null;
}

const run = promisify(execFile);
const LINUX_TICKS_PER_SECOND = 100;
const LINUX_PAGE_BYTES = 4096;

/** Every process that this user can see. */
export async function listProcesses(): Promise<readonly ProcessInfo[]> {
  if (process.platform === "linux") return linuxProcesses();
  return process.platform === "win32" ? windowsProcesses() : psProcesses();
}

function linuxProcesses(): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = linuxStat(pid);
    if (stat === null) continue;
    const ticks = Number(stat[11]) + Number(stat[12]);
    found.push({ pid, parent: Number(stat[1]), session: Number(stat[3]), zombie: stat[0] === "Z" || stat[0] === "X", cpu: ticks / LINUX_TICKS_PER_SECOND, rss: Number(stat[21]) * LINUX_PAGE_BYTES });
  }
  return found;
}

async function psProcesses(): Promise<ProcessInfo[]> {
  const { stdout } = await run("ps", ["-axo", "pid=,ppid=,sess=,state=,rss=,time="], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.split("\n").flatMap((line) => {
    const [pid, parent, session, state, rss, time] = line.trim().split(/\s+/);
    if (pid === undefined || time === undefined) return [];
    return [{ pid: Number(pid), parent: Number(parent), session: Number(session) || 0, zombie: state?.startsWith("Z") ?? false, cpu: seconds(time), rss: Number(rss) * 1024 }];
  });
}

async function windowsProcesses(): Promise<ProcessInfo[]> {
  const command = "Get-CimInstance Win32_Process | ForEach-Object { \"$($_.ProcessId) $($_.ParentProcessId) $($_.WorkingSetSize) $(($_.KernelModeTime + $_.UserModeTime) / 1e7)\" }";
  const { stdout } = await run("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", command], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.split("\n").flatMap((line) => {
    const [pid, parent, rss, cpu] = line.trim().split(/\s+/);
    return cpu === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), session: 0, zombie: false, cpu: Number(cpu), rss: Number(rss) }];
  });
}

/** `[[d-]hh:]mm:ss[.cc]` as `ps` prints processor time. */
function seconds(time: string): number {
  const [days, clock] = time.includes("-") ? time.split("-") : ["0", time];
  return (clock ?? "").split(":").reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86400;
}

/** The living descendants of a process, itself first, and everything else in the session that it leads. */
export function treeOf(root: number, all: readonly ProcessInfo[]): readonly ProcessInfo[] {
  const children = new Map<number, ProcessInfo[]>();
  for (const info of all) {
    const siblings = children.get(info.parent);
    if (siblings === undefined) children.set(info.parent, [info]);
    else siblings.push(info);
  }
  const members = new Map<number, ProcessInfo>();
  const visit = (info: ProcessInfo): void => {
    if (members.has(info.pid)) return;
    members.set(info.pid, info);
    for (const child of children.get(info.pid) ?? []) visit(child);
  };
  for (const info of all) {
    if (info.pid === root || info.session === root) visit(info);
  }
  return [...members.values()].filter((info) => !info.zombie).sort((a, b) => Number(b.pid === root) - Number(a.pid === root));
}

/** Processes whose environment carries `name=value`, whatever their parents became. Linux only; elsewhere none. */
export function processesWith(name: string, value: string): readonly ProcessId[] {
  if (process.platform !== "linux") return [];
  const wanted = `${name}=${value}`;
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(wanted)) return [];
    } catch {
      return [];
    }
    const start = processStart(pid);
    return start === null ? [] : [{ pid, start }];
  });
}

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGKILL";

/** Sends a signal to each process that is still the one it was; those that are gone are no error. */
export function signalAll(targets: readonly ProcessId[], signal: StopSignal): void {
  for (const { pid, start } of targets) {
    if (pid > 1 && pid !== process.pid && processStart(pid) === start) signalOne(pid, signal);
  }
}

function signalOne(pid: number, signal: StopSignal): void {
  if (process.platform === "win32" && signal !== "SIGINT") {
    // Windows knows no signals: a polite close first, then the whole tree by force.
    execFile("taskkill", signal === "SIGKILL" ? ["/pid", String(pid), "/T", "/F"] : ["/pid", String(pid), "/T"], () => undefined);
    return;
  }
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

/** Interrupts the whole process group that a script leads, as Ctrl-C does; nobody when the id belongs to another process now. */
export function interruptGroup(leader: ProcessId): void {
  if (process.platform === "win32" || leader.start === null || processStart(leader.pid) !== leader.start) return;
  try {
    process.kill(-leader.pid, "SIGINT");
  } catch {
    // It ended meanwhile.
  }
}
