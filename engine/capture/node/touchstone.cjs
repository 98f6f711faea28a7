"use strict";
/**
 * Records metrics, params, tags, artifacts and alerts of a run that Touchstone tracks:
 *
 *     const touchstone = require("touchstone");            // or: import touchstone from "touchstone"
 *     touchstone.log({ loss: 0.2, "val/acc": 0.91 }, 3);
 *
 * Outside of a tracked run every function does nothing. A point is one append to a file that the engine reads.
 */
const fs = require("node:fs");
const path = require("node:path");
const { masked } = require("./mask.cjs");

const events = process.env.TOUCHSTONE_EVENTS || null;
const nextStep = new Map();
let descriptor = null;
let identity = null;
let torn = false;

function append(text) {
  try {
    // A script may have closed our descriptor, and its next file may have got the number.
    const found = descriptor === null ? null : fs.fstatSync(descriptor, { throwIfNoEntry: false });
    if (descriptor === null || `${found.dev}:${found.ino}` !== identity) {
      descriptor = fs.openSync(events, "a", 0o600);
      const { dev, ino } = fs.fstatSync(descriptor);
      identity = `${dev}:${ino}`;
    }
    // A full disk may have taken a part of a line: what follows must not hang on it.
    if (torn) fs.writeSync(descriptor, "\n");
    torn = true;
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(descriptor, bytes, done);
    torn = false;
  } catch {
    descriptor = null;
  }
}

function emit(kind, fields) {
  if (events !== null) append(`${JSON.stringify({ k: kind, t: Date.now(), ...fields })}\n`);
}

/** [file, line] of the nearest frame of the person's own code. */
function site(stack = new Error().stack) {
  const folder = process.env.TOUCHSTONE_FOLDER || process.cwd();
  for (const line of String(stack).split("\n")) {
    const match = /(?:\(|at (?:async )?)((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*?):(\d+):\d+\)?$/.exec(line);
    if (!match) continue;
    const file = match[1].startsWith("file:") ? require("node:url").fileURLToPath(match[1]) : match[1];
    const inner = path.relative(folder, file);
    if (!inner.startsWith("..") && !path.isAbsolute(inner) && !inner.split(path.sep).includes("node_modules") && !file.startsWith(__dirname)) return [file, Number(match[2])];
  }
  return [null, null];
}

function* flat(values, joint, prefix = "") {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) yield* flat(value, joint, `${prefix}${name}${joint}`);
    else yield [prefix + name, value];
  }
}

const kept = (name, value) => masked(name, String(value));

module.exports = {
  /** True inside of a tracked run. */
  active: () => events !== null,

  /** Records numbers. Without a step, the points of a key are numbered on from its last one, beginning with 0. */
  log(metrics, step) {
    if (events === null) return;
    const [file, line] = site();
    const time = Date.now();
    let text = "";
    for (const [key, value] of flat(metrics, "/")) {
      const number = Number(value);
      if (value === null || value === "" || (Number.isNaN(number) && typeof value !== "number")) continue;
      const at = step === undefined || step === null ? (nextStep.get(key) ?? 0) : Math.trunc(Number(step));
      nextStep.set(key, at + 1);
      text += `${JSON.stringify({ k: "metric", t: time, key, value: Number.isFinite(number) ? number : String(number), step: at, file, line })}\n`;
    }
    if (text !== "") append(text);
  },

  /** Records settings; nested ones are joined with a dot. */
  params(values) {
    for (const [key, value] of flat(values, ".")) emit("param", { key, value: kept(key, value), source: "script" });
  },

  /** Records words about the run. */
  tags(values) {
    for (const [key, value] of Object.entries(values)) emit("tag", { key, value: kept(key, value) });
  },

  /** Keeps a file or folder with the run, under `name` or its own name. */
  artifact(file, name) {
    const whole = path.resolve(file);
    if (events !== null) emit("artifact", { path: whole, name: name || path.basename(whole) });
  },

  /** Tells the person at the editor. */
  alert: (title, text = "") => emit("alert", { title: String(title), text: String(text) }),

  /** Says how far the run is. */
  progress: (step, total) => emit("progress", { step: Math.trunc(step), total: total === undefined ? null : Math.trunc(total) }),

  /** For the capture beside this file. */
  _emit: emit,
  _site: site,
};
