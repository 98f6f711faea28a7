import { DuckDBTypeId, type DuckDBType } from "@duckdb/node-api";
import type { ColumnType } from "../api/tables.ts";
import { quoteName, scan, type TableSource } from "./source.ts";

/** A column of the file, or a field of a JSON object in one, with the expression that reads it. */
export interface Field {
  readonly name: string;
  readonly fileType: string;
  readonly type: ColumnType;
  readonly expression: string;
}

/** The columns of the file. `asText` as in `scan`. */
export async function readFields(source: TableSource, asText: readonly string[]): Promise<readonly Field[]> {
  const result = await source.connection.run(`SELECT * FROM ${scan(source, asText)} LIMIT 0`);
  return result.columnNames().flatMap((name, i) => fieldsOf(name, quoteName(name), result.columnTypes()[i]!));
}

function fieldsOf(name: string, expression: string, type: DuckDBType): readonly Field[] {
  if (type.typeId === DuckDBTypeId.STRUCT) {
    return type.entryNames.flatMap((inner, i) => fieldsOf(`${name}.${inner}`, `struct_extract(${expression}, '${inner.replaceAll("'", "''")}')`, type.entryTypes[i]!));
  }
  return [{ name, fileType: String(type), type: columnType(type), expression }];
}

function columnType(type: DuckDBType): ColumnType {
  switch (type.typeId) {
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.UHUGEINT:
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.DECIMAL:
      return "number";
    case DuckDBTypeId.DATE:
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return "time";
    case DuckDBTypeId.LIST:
      return columnType(type.valueType) === "number" ? "list" : "text";
    case DuckDBTypeId.ARRAY:
      return columnType(type.valueType) === "number" ? "list" : "text";
    default:
      return "text";
  }
}
