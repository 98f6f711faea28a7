import type { ColumnSummary, DataSummary } from "../api/compare.ts";
import { readingError } from "./errors.ts";
import { readFields } from "./fields.ts";
import { openSource, scan } from "./source.ts";

/** Columns that are summarised; a file of embeddings may have thousands. */
const MOST_COLUMNS = 200;

/** What a file of rows holds, in one pass: rows, and for each column what is missing, how many values differ, mean and spread or the most frequent text. */
export async function summarizeFile(path: string): Promise<DataSummary> {
  const source = await openSource(path);
  try {
    const fields = (await readFields(source, [])).slice(0, MOST_COLUMNS);
    const parts = fields.flatMap(({ type, expression }, i) => {
      const number = `TRY_CAST(${expression} AS DOUBLE)`;
      const finite = `CASE WHEN isfinite(${number}) THEN ${number} END`;
      return [
        `count(${expression}) AS n${i}`,
        `approx_count_distinct(${expression}) AS d${i}`,
        ...(type === "number" ? [`avg(${finite}) AS m${i}`, `stddev_samp(${finite}) AS s${i}`, `min(${finite}) AS l${i}`, `max(${finite}) AS h${i}`] : []),
        ...(type === "text" ? [`mode(CAST(${expression} AS VARCHAR)) AS t${i}`] : []),
      ];
    });
    const result = await source.connection.runAndReadAll(`SELECT count(*) AS n, ${parts.join(", ")} FROM ${scan(source, [])}`);
    const found = new Map(result.columnNames().map((name, i) => [name, result.getRows()[0]?.[i]]));
    const number = (name: string): number | null => {
      const value = found.get(name);
      return typeof value === "number" || typeof value === "bigint" ? Number(value) : null;
    };
    const rows = number("n") ?? 0;
    const tops = fields.flatMap(({ expression, type }, i) => (type === "text" && typeof found.get(`t${i}`) === "string" ? [{ i, expression }] : []));
    const counts = new Map<number, number>();
    if (tops.length > 0) {
      const select = tops.map(({ i, expression }) => `count(*) FILTER (WHERE CAST(${expression} AS VARCHAR) = $t${i}) AS c${i}`).join(", ");
      const counted = await source.connection.runAndReadAll(`SELECT ${select} FROM ${scan(source, [])}`, Object.fromEntries(tops.map(({ i }) => [`t${i}`, String(found.get(`t${i}`))])));
      tops.forEach(({ i }, at) => counts.set(i, Number(counted.getRows()[0]?.[at] ?? 0)));
    }
    const columns = fields.map(({ name, type }, i): ColumnSummary => {
      const top = found.get(`t${i}`);
      return {
        name,
        type,
        missing: rows === 0 ? 0 : 1 - (number(`n${i}`) ?? 0) / rows,
        distinct: number(`d${i}`) ?? 0,
        mean: number(`m${i}`),
        sd: number(`s${i}`),
        min: number(`l${i}`),
        max: number(`h${i}`),
        top: typeof top === "string" && rows > 0 ? { value: top.slice(0, 60), share: (counts.get(i) ?? 0) / rows } : null,
      };
    });
    return { rows, columns };
  } catch (cause) {
    throw readingError(cause, path);
  } finally {
    source.close();
  }
}
