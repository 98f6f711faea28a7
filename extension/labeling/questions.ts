import * as vscode from "vscode";
import type { LabelKind, LabelSourcePreview } from "../../engine/api/labeling.ts";

const tables = ["csv", "tsv", "parquet", "jsonl", "ndjson"];

const images = ["png", "jpg", "jpeg", "gif", "webp", "bmp", "avif"];
const elsewhere = "**/{node_modules,.venv,venv,.git,.touchstone,labels}/**";

/** What is to be labelled: a file of the folder, a folder in it that holds images, or another one. Undefined: left. */
export async function askSource(): Promise<vscode.Uri | undefined> {
  const [files, pictures] = await Promise.all([vscode.workspace.findFiles(`**/*.{${tables.join(",")}}`, elsewhere, 100), vscode.workspace.findFiles(`**/*.{${images.join(",")}}`, elsewhere, 2000)]);
  const folders = new Map(pictures.map((file) => vscode.Uri.joinPath(file, "..")).map((folder) => [folder.toString(), folder]));
  const items: (vscode.QuickPickItem & { readonly source?: vscode.Uri; readonly choose?: "folder" | "file" })[] = [
    ...files.map((source) => ({ label: `$(table) ${vscode.workspace.asRelativePath(source)}`, source })),
    ...[...folders.values()].slice(0, 50).map((source) => ({ label: `$(file-media) ${vscode.workspace.asRelativePath(source)}`, description: vscode.l10n.t("images"), source })),
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    { label: `$(folder-opened) ${vscode.l10n.t("Another folder of images…")}`, choose: "folder" },
    { label: `$(folder-opened) ${vscode.l10n.t("Another file…")}`, choose: "file" },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("New label set (1/4): what is to be labelled?"), placeHolder: vscode.l10n.t("A file of rows, or a folder of images") });
  if (chosen === undefined || chosen.source) return chosen?.source;
  const [found] =
    (await vscode.window.showOpenDialog(
      chosen.choose === "folder" ? { canSelectFolders: true, canSelectFiles: false, title: vscode.l10n.t("Folder of images") } : { canSelectFolders: false, filters: { [vscode.l10n.t("Tables")]: tables } },
    )) ?? [];
  return found;
}

interface ShownItem extends vscode.QuickPickItem {
  readonly shown: { readonly kind: LabelKind; readonly show: readonly string[] };
}

/** What one item shows: a text, a picture, or the row. */
export async function askShown(preview: LabelSourcePreview, hidden: readonly string[]): Promise<{ readonly kind: LabelKind; readonly show: readonly string[] } | undefined> {
  if (preview.kind === "images") return { kind: "image", show: [] };
  const columns = preview.columns.filter((column) => !hidden.includes(column.name));
  const all = columns.map((column) => column.name);
  const one = columns.map((column): ShownItem => ({ label: `$(symbol-text) ${column.name}`, description: column.samples.join(" · ").slice(0, 80), shown: { kind: "text", show: [column.name] } }));
  const row: ShownItem = { label: `$(list-flat) ${vscode.l10n.t("The whole row")}`, description: all.join(", ").slice(0, 80), shown: { kind: "row", show: preview.kindProposed === "row" ? preview.show.filter((name) => all.includes(name)) : all } };
  const pictures = columns
    .filter((column) => column.samples.some((sample) => /\.(png|jpe?g|gif|webp|bmp|avif|svg)$/i.test(sample)))
    .map((column): ShownItem => ({ label: `$(file-media) ${vscode.l10n.t("The picture that {0} names", column.name)}`, description: column.samples[0] ?? "", shown: { kind: "image", show: [column.name] } }));
  const isProposed = (item: ShownItem): boolean => item.shown.kind === preview.kindProposed && (item.shown.kind === "row" || item.shown.show[0] === preview.show[0]);
  const items = [row, ...pictures, ...one].sort((a, b) => Number(isProposed(b)) - Number(isProposed(a)));
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("New label set (2/4): what does a person judge?"), matchOnDescription: true });
  return chosen?.shown;
}

/** The classes, proposed from the columns that could hold them; `column` is the one that they were taken from. */
export async function askClasses(proposed: readonly { readonly column: string; readonly values: readonly string[] }[]): Promise<{ readonly names: readonly string[]; readonly column: string | null } | undefined> {
  const own = { label: `$(edit) ${vscode.l10n.t("Other classes…")}`, description: "", values: null, column: null };
  const items = [...proposed.map((one) => ({ label: one.values.join(", "), description: one.column, values: one.values, column: one.column })), own];
  const title = vscode.l10n.t("New label set (3/4): which classes?");
  const chosen = proposed.length === 0 ? own : await vscode.window.showQuickPick(items, { title });
  if (chosen === undefined) return undefined;
  if (chosen.values !== null && chosen.values.length > 0) return { names: chosen.values, column: chosen.column };
  const text = await vscode.window.showInputBox({
    title,
    // Others are most often these and one more.
    value: proposed[0]?.values.join(", ") ?? "",
    prompt: vscode.l10n.t("Names, separated by commas. The first nine get the keys 1 to 9."),
    validateInput: (value) => fault(classNames(value)),
  });
  return text === undefined ? undefined : { names: classNames(text), column: chosen.column };
}

function classNames(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function fault(names: readonly string[]): string | null {
  if (names.length === 0) return vscode.l10n.t("A label set needs one class or more.");
  return new Set(names).size < names.length ? vscode.l10n.t("Two classes have the same name.") : null;
}

export async function askName(value: string): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t("New label set (4/4): its name"),
    value,
    prompt: vscode.l10n.t("It becomes a folder below labels/, which git keeps and merges."),
    validateInput: (name) => (name.trim() === "" ? vscode.l10n.t("A label set needs a name.") : null),
  });
}
