import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { ReadStream } from "node:tty";
import { isAlive } from "../platform/processes.ts";
import type { Adoption } from "./order.ts";
import type { Script } from "./script.ts";

/** The inherited output of the script begins here. */
const FIRST_HANDLE = 3;
const LOOK_MS = 50;

/**
 * A script whose runner was killed, on the terminal (or pipes) that the keeper held open. It is no child of this process: that it
 * ended is seen, how is not.
 */
export function adoptScript(adoption: Adoption): Script {
  const handles = Array.from({ length: adoption.handles }, (_, index) => FIRST_HANDLE + index);
  const streams = handles.map((fd) => (adoption.pty ? new ReadStream(fd) : new Socket({ fd, readable: true, writable: false })));
  const terminal = adoption.pty ? streams[0] : undefined;
  return {
    pid: adoption.scriptPid,
    pty: adoption.pty,
    outputHandles: handles,
    write: (data) => void terminal?.write(data),
    resize: (cols, rows) => {
      if (terminal === undefined) return;
      // The PTY library only knows terminals that it made; stty sets any that it is given.
      spawn("stty", ["cols", String(cols), "rows", String(rows)], { stdio: [FIRST_HANDLE, "ignore", "ignore"] }).on("error", () => undefined);
    },
    listen: (onData, onEnd) => {
      let silent = 0;
      for (const stream of streams) {
        // A terminal whose other side closed reads as an error.
        stream.on("error", () => stream.destroy());
        stream.on("data", (data: Uint8Array) => {
          silent = 0;
          onData(data);
        });
      }
      const timer = setInterval(() => {
        if (isAlive(adoption.scriptPid, adoption.scriptPidStart)) return;
        // Everything was read once the streams closed; who was left behind may hold them open without a word.
        if (++silent < 3 && streams.some((stream) => !stream.destroyed)) return;
        clearInterval(timer);
        onEnd({ code: null, signal: null });
      }, LOOK_MS);
    },
  };
}
