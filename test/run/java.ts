import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { cacheFolder, root } from "./entry.mjs";

const pom = join(root, "test", "java", "pom.xml");
const lock = join(root, "test", "java", "jars.lock");
const PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";
const windows = process.platform === "win32";

/** The class path with MLflow's client for Java; or why there is none, in words that go on from "was not run because". */
export type JavaClient = { readonly classPath: string } | { readonly because: string };

/**
 * MLflow's client for Java, exactly as test/java/jars.lock says: fetched by the person's own Maven on first use (9 MB) and kept in
 * the cache folder. Both a JDK and Maven have to be there already: neither is brought along.
 */
export function prepareJava(): JavaClient {
  const jars = readFileSync(lock, "utf8").trim().split("\n").map((line) => line.split(/\s+/, 2));
  const folder = join(cacheFolder(), "java", createHash("sha256").update(readFileSync(lock)).digest("hex").slice(0, 12));
  if (!runs("javac", "-version")) return { because: "there is no JDK on PATH" };
  if (!existsSync(folder)) {
    if (!runs("mvn", "--version")) return { because: "there is no Maven on PATH to fetch mlflow-client with" };
    mkdirSync(dirname(folder), { recursive: true });
    const fresh = mkdtempSync(`${folder}.`);
    const { status, stdout } = spawnSync("mvn", ["-q", "-B", "-f", pom, `${PLUGIN}:copy-dependencies`, `-DoutputDirectory=${fresh}`], { encoding: "utf8", shell: windows });
    if (status !== 0) {
      rmSync(fresh, { recursive: true });
      return { because: `Maven could not fetch mlflow-client: ${/^\[ERROR\] (.*)$/m.exec(stdout)?.[1] ?? `it ended with ${status}`}` };
    }
    try {
      renameSync(fresh, folder);
    } catch (error) {
      // Another process was quicker.
      if (!existsSync(folder)) throw error;
      rmSync(fresh, { recursive: true });
    }
  }
  for (const [digest, name = ""] of jars) {
    const is = createHash("sha256").update(readFileSync(join(folder, name))).digest("hex");
    if (is !== digest) throw new Error(`${join(folder, name)} is not the file of test/java/jars.lock: its SHA-256 is ${is}.`);
  }
  return { classPath: jars.map(([, name = ""]) => join(folder, name)).join(delimiter) };
}


function runs(program: string, word: string): boolean {
  return spawnSync(program, [word], { stdio: "ignore", shell: windows }).status === 0;
}
