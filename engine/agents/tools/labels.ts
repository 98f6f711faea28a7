import { labelsList, labelsNext, labelsOpen, labelsSuggest, type LabelItem } from "../../api/labeling.ts";
import { type RunTool, wrongInput } from "../ask.ts";

const LISTED = 10;
/** Enough of a text to judge it; a whole book would fill the reader's memory. */
const LONGEST = 600;

export const labelQueue: RunTool = async (input, { ask }) => {
  const set = input.optionalText("set");
  if (set === undefined) {
    const { sets } = await ask(labelsList, null);
    const lines = sets.map(({ set: name, kind, progress, error }) => `${name} (${kind}): ${progress === null ? (error ?? "cannot be read") : `${progress.done} of ${progress.total} answered, ${progress.conflicts} conflicts, α ${progress.alpha.value === null ? "—" : progress.alpha.value.toFixed(2)} (n ${progress.alpha.n})`}`);
    return { text: sets.length === 0 ? "There is no label set. A person makes one with New Label Set…" : lines.join("\n"), data: { sets: sets.map(({ set: name, kind, progress }) => ({ set: name, kind, total: progress?.total ?? null, done: progress?.done ?? null })) } };
  }
  const view = await ask(labelsOpen, { set });
  const { items } = await ask(labelsNext, { set, queue: "open", after: typeof input.value("after") === "number" ? input.integer("after", 0) : null, count: input.integer("limit", LISTED) });
  const name = (id: string): string => view.classes.find((one) => one.id === id)?.name ?? id;
  const listed = items.map((item) => ({ item: item.item, place: item.place, file: item.source.file, row: item.source.row, content: contentText(item), suggestion: item.suggestion === null ? null : name(item.suggestion.class) }));
  const text = [
    `${view.name}: ${view.progress.total - view.progress.done} of ${view.progress.total} items wait. Classes: ${view.classes.map((one) => (one.description === "" ? one.name : `${one.name} (${one.description})`)).join(", ")}.`,
    ...(view.guidelines === "" ? [] : [`Guidelines: ${view.guidelines.slice(0, 1500)}`]),
    ...listed.map(({ item, place, content, suggestion }) => `item ${item} (place ${place})${suggestion === null ? "" : `, suggested ${suggestion}`}: ${content}`),
    ...(items.length === 0 ? [] : [`More: after ${items.at(-1)?.place ?? 0}. Suggest answers with suggest_label; people decide.`]),
  ].join("\n");
  return { text, data: { set, total: view.progress.total, done: view.progress.done, classes: view.classes.map((one) => one.name), items: listed } };
};

function contentText({ content }: LabelItem): string {
  if (content.kind === "image") return `image ${content.name}`;
  const text = content.kind === "text" ? content.text : content.cells.map(({ column, value }) => `${column} ${value}`).join(", ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

export const suggestLabel: RunTool = async (input, { ask, call }) => {
  const set = input.text("set");
  const { classes } = await ask(labelsOpen, { set });
  const suggestions = input.list("suggestions").map((one) => {
    const wanted = one.text("class");
    const found = classes.find(({ name }) => name === wanted) ?? classes.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
    if (found === undefined) throw wrongInput(`${set} has no class ${wanted}. It has: ${classes.map(({ name }) => name).join(", ")}.`);
    const score = one.value("score");
    return { item: one.text("item"), class: found.id, score: typeof score === "number" ? score : null, reason: one.optionalText("reason") ?? "" };
  });
  const { stored } = await ask(labelsSuggest, { set, by: call.agent, suggestions });
  return { text: `${stored} ${stored === 1 ? "suggestion stands" : "suggestions stand"} beside the items of ${set}. A person decides; none counts as a vote.`, data: { set, stored } };
};
