import { resolve } from "node:path";
import {
  labelsAddClass,
  labelsAgreement,
  labelsAnnotator,
  labelsChanged,
  labelsCreate,
  labelsExport,
  labelsList,
  labelsLocate,
  labelsNext,
  labelsOpen,
  labelsPreview,
  labelsSetAnnotator,
  labelsStatus,
  labelsSuggest,
  labelsUndo,
  labelsVote,
} from "../api/labeling.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import type { LabelSet } from "./labelSet.ts";
import { LabelSets } from "./labelSets.ts";
import { previewSource } from "./preview.ts";

/** Answers everything about label sets. Votes are files in the folder, so this needs no store. */
export function registerLabeling(rpc: RpcServer, services: Pick<Services, "folder">): LabelSets {
  const sets = new LabelSets(services.folder);
  const changed = (set: LabelSet, definition: boolean): void => rpc.emit(labelsChanged, { set: set.set, progress: set.progress(), definition });
  // Who answered waits for the reply; the news is for all others and comes behind it.
  const soon = (set: LabelSet): void => void setImmediate(() => changed(set, false));

  rpc.handle(labelsList, async () => ({ sets: await sets.list() }));
  rpc.handle(labelsOpen, async ({ set }) => (await sets.open(set)).view());
  rpc.handle(labelsNext, async ({ set, queue, after, count }) => ({ items: await (await sets.current(set)).next(queue, after, Math.min(Math.max(1, count), 50)) }));
  rpc.handle(labelsVote, async ({ set, vote }) => {
    const opened = await sets.current(set);
    const stored = await opened.vote(vote);
    soon(opened);
    return { vote: stored, progress: opened.progress() };
  });
  rpc.handle(labelsUndo, async ({ set, id }) => {
    const opened = await sets.current(set);
    const { item, undone } = await opened.undo(id);
    soon(opened);
    return { item, undone, progress: opened.progress() };
  });
  rpc.handle(labelsSuggest, async ({ set, by, suggestions }) => {
    const opened = await sets.current(set);
    const stored = await opened.suggest(by, suggestions);
    soon(opened);
    return { stored };
  });
  rpc.handle(labelsPreview, ({ source }) => previewSource(resolve(services.folder, source)));
  rpc.handle(labelsCreate, async (params, { signal, progress }) => {
    const created = await sets.create(params, signal, progress);
    changed(await sets.current(created.set), true);
    return created;
  });
  rpc.handle(labelsAddClass, async ({ set, name }) => {
    const opened = await sets.addClass(set, name);
    changed(opened, true);
    return opened.view();
  });
  rpc.handle(labelsExport, ({ set, what, format, path }) => sets.export(set, what, format, path));
  rpc.handle(labelsStatus, async ({ set }) => {
    const names = set === undefined ? await sets.names() : [set];
    return { sets: await Promise.all(names.map((name) => sets.status(name))) };
  });
  rpc.handle(labelsAgreement, ({ set }) => sets.agreement(set));
  rpc.handle(labelsLocate, async ({ set, item }) => {
    const opened = await sets.current(set);
    const place = opened.place(item);
    if (place === null) throw new TouchstoneError({ code: "LABEL_ITEM", message: "The item is not in its source any more." });
    return opened.source.locate(place);
  });
  rpc.handle(labelsAnnotator, async () => ({ annotator: await sets.annotator.get(), proposed: await sets.annotator.proposed() }));
  rpc.handle(labelsSetAnnotator, async ({ name }) => ({ annotator: await sets.annotator.set(name) }));
  return sets;
}
