import type { DuckDBType, DuckDBTypeId } from "@duckdb/node-api";
import type { ColumnType } from "../api/tables.ts";
import { quoteName, scan, type TableSource } from "./source.ts";

/** A column of the file, or a field of a JSON object in one, with the expression that reads it. */
export interface Field {
  readonly name: string;
  readonly fileType: string;
  readonly type: ColumnType;
  readonly expression: string;
}

type TypeIds = typeof DuckDBTypeId;

/** The columns of the file. `asText` as in `scan`. */
export async function readFields(source: TableSource, asText: readonly string[]): Promise<readonly Field[]> {
  // The library is loaded with the first table, not with the engine.
  const { DuckDBTypeId: ids } = await import("@duckdb/node-api");
  const result = await source.connection.run(`SELECT * FROM ${scan(source, asText)} LIMIT 0`);
  return result.columnNames().flatMap((name, i) => fieldsOf(name, quoteName(name), result.columnTypes()[i]!, ids));
}

function fieldsOf(name: string, expression: string, type: DuckDBType, ids: TypeIds): readonly Field[] {
  if (type.typeId === ids.STRUCT) {
    return type.entryNames.flatMap((inner, i) => fieldsOf(`${name}.${inner}`, `struct_extract(${expression}, '${inner.replaceAll("'", "''")}')`, type.entryTypes[i]!, ids));
  }
  return [{ name, fileType: String(type), type: columnType(type, ids), expression }];
}

function columnType(type: DuckDBType, ids: TypeIds): ColumnType {
  switch (type.typeId) {
    case ids.TINYINT:
    case ids.SMALLINT:
    case ids.INTEGER:
    case ids.BIGINT:
    case ids.HUGEINT:
    case ids.UTINYINT:
    case ids.USMALLINT:
    case ids.UINTEGER:
    case ids.UBIGINT:
    case ids.UHUGEINT:
    case ids.FLOAT:
    case ids.DOUBLE:
    case ids.DECIMAL:
      return "number";
    case ids.DATE:
    case ids.TIMESTAMP:
    case ids.TIMESTAMP_TZ:
    case ids.TIMESTAMP_S:
    case ids.TIMESTAMP_MS:
    case ids.TIMESTAMP_NS:
      return "time";
    case ids.LIST:
      return columnType(type.valueType, ids) === "number" ? "list" : "text";
    case ids.ARRAY:
      return columnType(type.valueType, ids) === "number" ? "list" : "text";
    default:
      return "text";
  }
}
