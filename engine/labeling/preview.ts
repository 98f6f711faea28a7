import { stat } from "node:fs/promises";
import type { LabelKind, LabelSourcePreview } from "../api/labeling.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { look, type Look } from "../tables/shape.ts";
import { openSource } from "../tables/source.ts";
import { listImages } from "./images.ts";

/** Few enough values to be classes. */
const MOST_CLASSES = 12;
const idName = /(^|_|\b)(id|uid|uuid|guid|key|pk)$/i;
const labelName = /(^|_|\b)(label|class|target|truth|y|y_true|category|sentiment|answer)s?$/i;
const imageText = /\.(png|jpe?g|gif|webp|bmp|avif|svg)$/i;

/** Looks at a file or folder that is to be labelled and proposes what an item is, what names it, and the classes. */
export async function previewSource(path: string): Promise<LabelSourcePreview> {
  const about = await stat(path).catch(() => null);
  if (about === null) throw new TouchstoneError({ code: "LABEL_SOURCE", message: "There is no such file or folder to label.", file: path });
  if (about.isDirectory()) {
    const images = await listImages(path);
    if (images.length === 0) throw new TouchstoneError({ code: "LABEL_SOURCE", message: "The folder holds no image that can be shown.", file: path, hint: "PNG, JPEG, GIF, WebP, BMP, AVIF and SVG files can be labelled." });
    return { kind: "images", rows: images.length, columns: [], classColumns: folderClasses(images), kindProposed: "image", show: [], key: { kind: "bytes", columns: [] } };
  }
  const source = await openSource(path);
  try {
    return proposalFor(await look(source));
  } finally {
    source.close();
  }
}

/** Images that lie in one folder a class, as image sets often do, say their classes. */
function folderClasses(images: readonly string[]): LabelSourcePreview["classColumns"] {
  const folders = [...new Set(images.map((path) => path.split("/").slice(0, -1).join("/")))].filter((folder) => folder !== "");
  return folders.length >= 2 && folders.length <= MOST_CLASSES ? [{ column: "folder", values: folders }] : [];
}

function proposalFor(seen: Look): LabelSourcePreview {
  const { columns, looked } = seen.shape;
  const filled = (name: string) => (seen.cells[name] ?? []).filter((cell) => cell !== null);
  const classes = columns.filter((column) => column.distinct >= 2 && column.distinct <= MOST_CLASSES && column.distinct < looked && column.type !== "list" && column.type !== "time");
  const byLikeness = [...classes].sort((a, b) => Number(labelName.test(b.name)) - Number(labelName.test(a.name)) || Number(b.type === "text") - Number(a.type === "text"));
  const id = columns.find((column) => idName.test(column.name) && column.distinct === looked && column.missing === 0);
  const image = columns.find((column) => column.type === "text" && column.samples.length > 0 && column.samples.every((sample) => imageText.test(sample)));
  const meanLength = (name: string) => filled(name).reduce((sum, cell) => sum + cell.length, 0) / Math.max(1, filled(name).length);
  const texts = columns.filter((column) => column.type === "text" && column !== image && meanLength(column.name) >= 30).sort((a, b) => meanLength(b.name) - meanLength(a.name));
  const kind: LabelKind = image ? "image" : texts[0] ? "text" : "row";
  const label = byLikeness[0];
  const rowColumns = columns.filter((column) => column !== id && !(label && labelName.test(label.name) && column === label));
  const show = image ? [image.name] : texts[0] ? [texts[0].name] : rowColumns.map((column) => column.name);
  return {
    kind: "table",
    rows: looked,
    columns: columns.map(({ name, samples, distinct }) => ({ name, samples, distinct })),
    classColumns: byLikeness.map((column) => ({ column: column.name, values: [...new Set(filled(column.name))].sort() })),
    kindProposed: kind,
    show,
    key: id ? { kind: "id", columns: [id.name] } : { kind: "content", columns: show },
  };
}
