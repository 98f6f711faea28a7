// node --import delay.mjs …: on SIGUSR2 writes the longest time that the main thread was held since the last signal into the
// file that TOUCHSTONE_DELAY_FILE names: on the clock, and of the thread's own processor time, which a busy machine changes less.
import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

if (isMainThread && process.env.TOUCHSTONE_DELAY_FILE !== undefined) {
  const file = process.env.TOUCHSTONE_DELAY_FILE;
  const clock = monitorEventLoopDelay({ resolution: 1 });
  clock.enable();
  let held = 0;
  let before = process.threadCpuUsage();
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    held = Math.max(held, (user + system) / 1000);
    before = process.threadCpuUsage();
  }, 1).unref();
  process.on("SIGUSR2", () => {
    writeFileSync(file, JSON.stringify({ clock: clock.max / 1e6, clock99: clock.percentile(99) / 1e6, held }));
    clock.reset();
    held = 0;
  });
}
