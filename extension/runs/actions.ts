import { join } from "node:path";
import * as vscode from "vscode";
import { type RunDetail, runsDelete, runsGet, runsRestore, runsUpdate } from "../../engine/api/runs.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { reveal } from "../reveal.ts";
import { deleteQuestion, hostOf, serversOf } from "./servers.ts";
import type { RunNode } from "./tree.ts";

/** Which runs a command is about: tree nodes (one or the selection), an id, a list of ids, else it asks. */
export interface Target {
  readonly link: EngineLink;
  readonly runIds: readonly string[];
}

export function targetOf(host: ExtensionHost, first: unknown, selection?: unknown): Target | null {
  if (isPlaced(first)) return { link: host.engines.forFolder(first.folder), runIds: first.runIds.map(String) };
  const nodes = Array.isArray(selection) && selection.length > 0 ? selection.filter(isRunNode) : isRunNode(first) ? [first] : [];
  if (nodes[0] !== undefined) return { link: nodes[0].link, runIds: nodes.map((node) => node.head.runId) };
  if (typeof first === "string") return { link: requireLink(host), runIds: [first] };
  if (Array.isArray(first)) return { link: requireLink(host), runIds: first.map(String) };
  return null;
}

/** Runs of a store that is named: a page says which one it shows. */
function isPlaced(value: unknown): value is { readonly folder: string; readonly runIds: readonly unknown[] } {
  return typeof value === "object" && value !== null && "folder" in value && typeof value.folder === "string" && "runIds" in value && Array.isArray(value.runIds);
}

function isRunNode(value: unknown): value is RunNode & { kind: "run" } {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "run";
}

/** They ask a person for something before the engine could refuse it. */
const CHANGES: ReadonlySet<string> = new Set(["renameRun", "noteRun", "tagRun", "starRun", "deleteRun", "restoreRun"]);

function refuseBundle({ bundle }: EngineLink): void {
  if (bundle !== null) throw new Error(vscode.l10n.t("These runs are of the bundle {0}, which is opened for reading. Take In Bundle… takes them into a folder of yours; there they can be changed.", bundle.name));
}

/** Rename, note, tag, star, delete and restore: each works on a selection and each can be undone. */
export function registerRunActions(host: ExtensionHost, pick: () => Promise<Target | null>): void {
  const withTarget = (name: string, act: (target: Target) => Promise<unknown>): void =>
    host.command(name, async (first, selection) => {
      const target = targetOf(host, first, selection) ?? (await pick());
      if (target !== null && CHANGES.has(name)) refuseBundle(target.link);
      return target === null ? undefined : act(target);
    });
  const detail = ({ link, runIds }: Target): Promise<RunDetail> => link.request(runsGet, { runId: runIds[0] ?? "" });

  withTarget("renameRun", async (target) => {
    const current = await detail(target);
    const name = await vscode.window.showInputBox({ title: vscode.l10n.t("Name of the run"), value: current.head.title, prompt: vscode.l10n.t("Empty gives back the computed title") });
    if (name !== undefined) await target.link.request(runsUpdate, { runIds: target.runIds.slice(0, 1), name });
  });
  withTarget("noteRun", async (target) => {
    const current = await detail(target);
    const note = await vscode.window.showInputBox({ title: vscode.l10n.t("Note on {0}", current.head.title), value: current.note });
    if (note !== undefined) await target.link.request(runsUpdate, { runIds: target.runIds, note });
  });
  withTarget("tagRun", async (target) => {
    const typed = await vscode.window.showInputBox({
      title: vscode.l10n.t("Tag"),
      placeHolder: "stage=debug",
      prompt: vscode.l10n.t("key=value sets a tag, -key removes it"),
      validateInput: (value) => (/^(-[^=\s]+|[^=\s][^=]*(=.*)?)$/.test(value) ? null : vscode.l10n.t("Write key=value, key, or -key.")),
    });
    if (typed === undefined) return;
    if (typed.startsWith("-")) await target.link.request(runsUpdate, { runIds: target.runIds, deleteTags: [typed.slice(1)] });
    else {
      const [key = "", ...value] = typed.split("=");
      await target.link.request(runsUpdate, { runIds: target.runIds, setTags: { [key.trim()]: value.join("=").trim() || "true" } });
    }
  });
  withTarget("starRun", async (target) => {
    const current = await detail(target);
    await target.link.request(runsUpdate, { runIds: target.runIds, starred: !current.head.starred });
  });
  withTarget("deleteRun", async ({ link, runIds }) => {
    const servers = await serversOf(link, runIds);
    const question = deleteQuestion(vscode.l10n, runIds.length, servers);
    const remove = vscode.l10n.t("Delete");
    if (question !== null && (await vscode.window.showWarningMessage(question.message, { modal: true, detail: question.detail }, remove)) !== remove) return;
    await link.request(runsDelete, { runIds });
    const undo = vscode.l10n.t("Undo");
    const there = [...servers.keys()].map(hostOf).join(", ");
    const text = there !== "" ? (runIds.length === 1 ? vscode.l10n.t("1 run deleted, on {0}.", there) : vscode.l10n.t("{0} runs deleted, also on {1}.", runIds.length, there)) : runIds.length === 1 ? vscode.l10n.t("1 run deleted to the archive.") : vscode.l10n.t("{0} runs deleted to the archive.", runIds.length);
    void vscode.window.showInformationMessage(text, undo).then((chosen) => (chosen === undo ? link.request(runsRestore, { runIds }) : null));
  });
  withTarget("restoreRun", ({ link, runIds }) => link.request(runsRestore, { runIds }));
  withTarget("openLog", async (target) => host.panels.open("run", { runId: target.runIds[0], tab: "log" }, target.link));
  withTarget("openArtifacts", async (target) => host.panels.open("run", { runId: target.runIds[0], tab: "artifacts" }, target.link));
  withTarget("openRunFolder", async (target) => {
    const { launch, experimentId, head } = await detail(target);
    const store = join(target.link.folder, ".touchstone");
    const folder = launch === null ? join(store, "artifacts", experimentId, head.runId) : join(store, "launches", launch.launchId);
    await reveal(folder);
  });
}
