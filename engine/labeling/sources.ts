import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import { imageSource } from "./images.ts";
import { decodeItems } from "./itemList.ts";
import type { OpenSource } from "./labelSet.ts";
import type { ItemSource } from "./source.ts";
import { openItems, type ItemTable } from "../tables/items.ts";
import { tableItems } from "./tableItems.ts";

/**
 * Opens what label sets are made of and keeps it open while neither the source, nor `items.jsonl`, nor what
 * labels.yaml says of them changed.
 */
export class Sources {
  readonly #folder: string;
  readonly #open = new Map<string, { readonly stamp: string; readonly source: ItemSource; readonly table: ItemTable | null }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  readonly open: OpenSource = async (set, definition, problems) => {
    const path = isAbsolute(definition.source) ? definition.source : resolve(this.#folder, definition.source);
    const listFile = join(this.#folder, "labels", set, "items.jsonl");
    const about = await stat(path).catch(() => null);
    if (about === null) {
      throw new TouchstoneError({ code: "LABEL_SOURCE", message: `The items of ${set} are gone: there is no ${definition.source}.`, file: `labels/${set}/labels.yaml`, hint: "Put the file back, or correct source.path; the votes are safe." });
    }
    const needsList = definition.listed || about.isDirectory();
    const list = needsList ? decodeItems(await readFile(listFile, "utf8").catch(() => ""), `labels/${set}/items.jsonl`) : null;
    problems.push(...(list?.problems ?? []));
    const { kind, rule, show, context, suggest } = definition;
    const stamp = JSON.stringify([path, kind, rule, show, context, suggest, about.isDirectory() ? 0 : [about.size, about.mtimeMs, about.ino], needsList ? await stampOf(listFile) : ""]);
    const known = this.#open.get(set);
    if (known?.stamp === stamp) return known.source;
    this.close(set);
    if (about.isDirectory()) {
      const source = imageSource(path, definition.source, list?.items ?? []);
      this.#open.set(set, { stamp, source, table: null });
      return source;
    }
    const table = await openItems(path, definition.rule.kind === "id" ? definition.rule.columns : []);
    try {
      const listed = list?.items.map((one) => one.item) ?? null;
      const source = await tableItems({ table, definition, listed, signal: new AbortController().signal, imagePath: (cell) => this.#image(cell, path) });
      this.#open.set(set, { stamp, source, table });
      return source;
    } catch (error) {
      table.close();
      throw error;
    }
  };

  close(set: string): void {
    this.#open.get(set)?.table?.close();
    this.#open.delete(set);
  }

  /** A cell's path counts from the table's own folder, else from the store's. */
  #image(cell: string, table: string): string {
    const beside = resolve(dirname(table), cell);
    return existsSync(beside) ? beside : resolve(this.#folder, cell);
  }
}

async function stampOf(path: string): Promise<string> {
  const about = await stat(path).catch(() => null);
  return about ? `${about.size}:${about.mtimeMs}` : "";
}
