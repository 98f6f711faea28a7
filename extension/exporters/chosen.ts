import { type RunQuery, runsWindow } from "../../engine/api/runs.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { targetOf } from "../runs/actions.ts";
import { isExperimentNode } from "../runs/tree.ts";

/** Runs to export, and what they are in words. */
export interface Chosen {
  readonly link: EngineLink;
  readonly runIds: readonly string[];
  /** The experiment's or the folder's name; absent for a selection. */
  readonly what?: string;
}

const PAGE = 2_000;

/** Of the tree: the selected runs with the runs below them, or an experiment's; without either, all runs of the folder, or of the bundle whose panel has the focus. */
export async function chosenRuns(host: ExtensionHost, first: unknown, selection: unknown): Promise<Chosen> {
  if (isExperimentNode(first)) {
    const { link, experiment } = first;
    return { link, runIds: (await runsOf(link, { experimentIds: [experiment.experimentId] })).ids, what: experiment.name };
  }
  const target = targetOf(host, first, selection);
  if (target !== null) return { link: target.link, runIds: await withChildren(target.link, target.runIds) };
  const link = host.panels.active?.link ?? requireLink(host);
  return { link, runIds: (await runsOf(link, {})).ids, what: link.bundle?.name ?? link.folder };
}

/** A sweep without its trials would be of little use elsewhere. */
async function withChildren(link: EngineLink, runIds: readonly string[]): Promise<string[]> {
  const all = new Set(runIds);
  let { parents } = await runsOf(link, { runIds, view: "all" });
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    const below = await runsOf(link, { parent });
    for (const id of below.ids) all.add(id);
    parents = [...parents, ...below.parents];
  }
  return [...all];
}

async function runsOf(link: EngineLink, query: RunQuery): Promise<{ ids: string[]; parents: string[] }> {
  const ids: string[] = [];
  const parents: string[] = [];
  for (;;) {
    const window = await link.request(runsWindow, { query, columns: [], from: ids.length, to: ids.length + PAGE });
    ids.push(...window.runIds);
    parents.push(...window.heads.filter(({ children }) => children > 0).map(({ runId }) => runId));
    if (window.runIds.length === 0 || ids.length >= window.matched) return { ids, parents };
  }
}
