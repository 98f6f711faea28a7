import { TouchstoneError } from "../api/tokens.ts";
import { readingError } from "./errors.ts";
import { readFields } from "./fields.ts";
import { openSource, scan } from "./source.ts";

/**
 * A number for each row of a file that says which item it is: the first 64 bits of the MD5 of the texts of some columns, in the
 * given order. One pass over the file. Rows of two files with equal texts in these columns have equal numbers.
 */
export async function readRowKeys(path: string, columns: readonly string[], asText: readonly string[], cancelled: () => boolean): Promise<BigUint64Array> {
  const source = await openSource(path);
  try {
    const fields = new Map((await readFields(source, asText)).map((field) => [field.name, field.expression]));
    // Each text with its length, so that a shifted border between two cells matters.
    const texts = columns.flatMap((name) => fields.get(name) ?? []).map((expression) => `coalesce(CAST(${expression} AS VARCHAR), '')`);
    if (texts.length === 0) return new BigUint64Array(0);
    const text = texts.map((one) => `length(${one}), ':', ${one}`).join(", ");
    const result = await source.connection.stream(`SELECT md5_number_lower(concat(${text})) FROM ${scan(source, asText)}`);
    let keys = new BigUint64Array(4096);
    let n = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return keys.slice(0, n);
      if (cancelled()) throw new TouchstoneError({ code: "CANCELLED", message: "Reading was cancelled.", file: path });
      const vector = chunk.getColumnVector(0);
      if (n + chunk.rowCount > keys.length) {
        const more = new BigUint64Array(Math.max(n + chunk.rowCount, keys.length * 2));
        more.set(keys);
        keys = more;
      }
      for (let i = 0; i < chunk.rowCount; i++) keys[n++] = BigInt(String(vector.getItem(i)));
    }
  } catch (cause) {
    throw readingError(cause, path);
  } finally {
    source.close();
  }
}
