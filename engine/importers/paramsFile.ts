import { join } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { SourceFile } from "./bytes/file.ts";
import { flatParams } from "./flatten.ts";
import type { SourceRecord } from "./records.ts";

const MOST_BYTES = 1024 * 1024;

/** Params of a YAML file, which is kept as an artifact too; nothing where there is no such file. @param name how records name it */
export async function* readParams(folder: string, file: string, name: string, run: string): AsyncGenerator<SourceRecord> {
  const source = await SourceFile.open(join(folder, file));
  if (source === null) return;
  try {
    if (source.size > MOST_BYTES) {
      yield { k: "problem", file: name, reason: `It has ${source.size} bytes: more than params have.` };
      return;
    }
    const counter = new LineCounter();
    const document = parseDocument((await source.read(0, MOST_BYTES)).toString("utf8"), { lineCounter: counter, logLevel: "silent" });
    const [error] = document.errors;
    if (error !== undefined) {
      yield { k: "problem", file: name, line: counter.linePos(error.pos[0]).line, reason: `It is no YAML: ${error.message.split("\n", 1)[0]}` };
      return;
    }
    // Aliases could make a small file huge.
    for (const { key, value } of flatParams(document.toJS({ maxAliasCount: 100 }))) yield { k: "param", run, key, value };
    yield { k: "artifact", run, name: file, file: join(folder, file) };
  } catch (error) {
    yield { k: "problem", file: name, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    await source.close();
  }
}
