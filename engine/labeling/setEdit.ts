import { randomBytes } from "node:crypto";
import { Document, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { LabelSetRequest } from "../api/labeling.ts";
import type { ItemRule } from "../items/key.ts";
import { DEFAULT_HIDDEN_SHARE } from "./setFile.ts";

/** Random and short; stable when a class is renamed. Never one of `taken`, and never a text that YAML reads as a number. */
export function newClassId(taken: readonly string[]): string {
  for (;;) {
    const id = `c${randomBytes(3).toString("hex").slice(0, 5)}`;
    if (!taken.includes(id)) return id;
  }
}

/** The first `labels.yaml` of a set, with the comments that a person needs to edit it. */
export function newSetFile(wanted: LabelSetRequest & { readonly rule: ItemRule; readonly sourcePath: string; readonly listed: boolean }): string {
  const ids: string[] = [];
  const classes = wanted.classes.map((one) => {
    const id = newClassId(ids);
    ids.push(id);
    return { id, name: one.name, ...(one.description ? { description: one.description } : {}), ...(one.key ? { key: one.key } : {}) };
  });
  const document = new Document({
    name: wanted.name,
    task: "classification",
    item: {
      kind: wanted.kind,
      key: wanted.rule.kind === "bytes" ? "bytes" : { [wanted.rule.kind]: wanted.rule.columns },
      ...(wanted.show?.length ? { show: wanted.show } : {}),
      ...(wanted.context?.length ? { context: wanted.context } : {}),
    },
    source: { path: wanted.sourcePath, ...(wanted.title ? { title: wanted.title } : {}), ...(wanted.listed ? { items: "items.jsonl" } : {}) },
    ...(wanted.suggest ? { suggest: { ...wanted.suggest, hide: DEFAULT_HIDDEN_SHARE } } : {}),
    classes,
  });
  const comments: Readonly<Record<string, string>> = {
    item: " What a person judges, and what names it: `id` or `content` columns, or a file's `bytes`.",
    suggest: " A model's answer to accept with Space; hidden on this share of items, to measure its pull.",
    classes: " `id` never changes, so a class can be renamed. `key: p` gives it the key p.",
  };
  document.commentBefore = " A Touchstone label set. Votes stand beside this file, one line each, and git merges them.";
  for (const pair of isMap(document.contents) ? document.contents.items : []) {
    if (!isScalar(pair.key)) continue;
    const comment = comments[String(pair.key.value)];
    if (comment) pair.key.commentBefore = comment;
  }
  return document.toString({ lineWidth: 0 });
}

/** Adds a class at the end; comments and order of everything else stay as they are. */
export function addClassTo(text: string, name: string, taken: readonly string[]): string {
  const document = parseDocument(text);
  const classes: unknown = document.get("classes");
  if (isSeq(classes)) classes.add(document.createNode({ id: newClassId(taken), name }));
  return document.toString({ lineWidth: 0 });
}

/** Remembers where the labels were exported to. */
export function setExportPath(text: string, path: string): string {
  const document = parseDocument(text);
  document.setIn(["export", "path"], path);
  return document.toString({ lineWidth: 0 });
}
