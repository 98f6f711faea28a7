import { spawn as spawnPiped } from "node:child_process";
import { constants } from "node:os";
import { createRequire } from "node:module";
import type { IPty } from "@lydell/node-pty";

export interface ScriptOptions {
  /** An absolute path or what PATH of `env` finds. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cols: number;
  readonly rows: number;
  /** False: pipes even where a PTY would load. */
  readonly pty: boolean;
}

export interface ScriptEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** The program could not be started. */
  readonly error?: string;
}

/** A running script in a session and process group of its own. */
export interface Script {
  readonly pid: number;
  readonly pty: boolean;
  /** What another process can inherit to go on reading the output; null where the system cannot. */
  readonly outputHandles: readonly number[];
  write(data: string): void;
  resize(cols: number, rows: number): void;
  /** Calls `onEnd` once: after the script has ended and everything that it printed was delivered. */
  listen(onData: (data: Uint8Array) => void, onEnd: (end: ScriptEnd) => void): void;
}

/** After the script's end a process that it left behind may still hold the terminal: output counts as over after so long a silence, */
const SETTLE_MS = 100;
/** and in any case after this. */
const SETTLE_AT_MOST_MS = 2000;

/** Starts a script on a pseudo-terminal; on pipes where no PTY library loads. */
export function startScript(options: ScriptOptions): Script {
  const library = options.pty ? loadPty() : null;
  return library === null ? onPipes(options) : onTerminal(library, options);
}

type PtyLibrary = typeof import("@lydell/node-pty");

function loadPty(): PtyLibrary | null {
  try {
    // SAFETY: the package's own types; it is loaded here so that its absence is no failure of the runner.
    return createRequire(import.meta.url)("@lydell/node-pty") as PtyLibrary;
  } catch {
    return null;
  }
}

/** Parts of node-pty's Unix terminal that its types leave out. */
interface UnixPty extends IPty {
  readonly fd: number;
  readonly _socket: { readonly readableEnded: boolean; destroy: (error?: Error) => unknown };
}

function onTerminal(library: PtyLibrary, options: ScriptOptions): Script {
  const windows = process.platform === "win32";
  const pty = library.spawn(options.program, [...options.args], {
    cwd: options.cwd,
    env: { ...options.env },
    cols: options.cols,
    rows: options.rows,
    name: options.env["TERM"] ?? "xterm-256color",
    // Bytes as they are: a character may be cut between two reads. (Windows' library knows text only.)
    ...(windows ? {} : { encoding: null }),
  });
  let last = performance.now();
  // SAFETY: a Unix terminal of the pinned version 1.1.0 has these; elsewhere they are not read.
  const unix = windows ? null : (pty as UnixPty);
  if (unix !== null) settleBeforeDestroy(unix, () => last);
  return {
    pid: pty.pid,
    pty: true,
    outputHandles: unix === null ? [] : [unix.fd],
    write: (data) => pty.write(data),
    resize: (cols, rows) => pty.resize(cols, rows),
    listen: (onData, onEnd) => {
      pty.onData((data) => {
        last = performance.now();
        // SAFETY: with encoding null the library delivers Buffers, which its types do not say.
        const raw = data as string | Uint8Array;
        onData(typeof raw === "string" ? Buffer.from(raw) : raw);
      });
      pty.onExit(({ exitCode, signal }) => {
        const name = signal === undefined || signal === 0 ? null : signalName(signal);
        onEnd({ code: name === null ? exitCode : null, signal: name });
      });
    },
  };
}

/**
 * The library cuts the terminal off 200 ms after the script's end when another process still holds it, read or not.
 * This waits until nothing has come for a while, so that a busy machine loses no output.
 */
function settleBeforeDestroy(pty: UnixPty, lastData: () => number): void {
  const socket = pty._socket;
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    // The terminal's own end (EIO, or end of file) comes after everything that was printed.
    if (error !== undefined || socket.readableEnded) destroy(error);
    else settle(lastData, destroy);
    return socket;
  };
}

function settle(lastData: () => number, done: () => void): void {
  const began = performance.now();
  const turn = (): void => {
    const now = performance.now();
    if (now - lastData() < SETTLE_MS && now - began < SETTLE_AT_MOST_MS) setTimeout(turn, SETTLE_MS / 4);
    else done();
  };
  // A turn of the loop first, so that what is readable now is read.
  setTimeout(turn, SETTLE_MS / 4);
}

function onPipes(options: ScriptOptions): Script {
  const child = spawnPiped(options.program, [...options.args], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  child.stdin.on("error", () => undefined);
  return {
    pid: child.pid ?? -1,
    pty: false,
    outputHandles: process.platform === "win32" ? [] : [child.stdout, child.stderr].flatMap(handleOf),
    // What a terminal would do with these keys: the end of input, and an interrupt.
    write: (data) => {
      if (data === "\u0004") child.stdin.end();
      else if (data === "\u0003") interrupt(child.pid);
      else child.stdin.write(data.replaceAll("\r", "\n"));
    },
    resize: () => undefined,
    listen: (onData, onEnd) => {
      let last = performance.now();
      const deliver = (data: Uint8Array): void => {
        last = performance.now();
        onData(data);
      };
      child.stdout.on("data", deliver);
      child.stderr.on("data", deliver);
      let ended = false;
      const end = (how: ScriptEnd): void => {
        if (ended) return;
        ended = true;
        onEnd(how);
      };
      child.on("error", (error) => end({ code: null, signal: null, error: error.message }));
      child.on("close", (code, signal) => end({ code, signal }));
      // A process that the script left behind may hold the pipes for ever.
      child.on("exit", (code, signal) => settle(() => last, () => end({ code, signal })));
    },
  };
}

function interrupt(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(process.platform === "win32" ? pid : -pid, "SIGINT");
  } catch {
    // It ended meanwhile.
  }
}

function handleOf(stream: unknown): number[] {
  // SAFETY: Node keeps a pipe's descriptor there on Unix; a version that does not yields no handle.
  const fd = (stream as { _handle?: { fd?: unknown } })._handle?.fd;
  return typeof fd === "number" && fd >= 0 ? [fd] : [];
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
}
