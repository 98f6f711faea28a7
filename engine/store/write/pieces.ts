import type { LaunchEvents } from "../operations.ts";

/** One thing that a launch's lines said, with its name in words. */
interface Piece {
  readonly what: string;
  readonly effects: LaunchEvents;
}

/** The effects of lines one by one, in the order in which they are stored together; notes are left out. */
export function piecesOf({ launchId, stream, from, to, ...said }: LaunchEvents): Piece[] {
  const piece = (what: string, effects: Partial<LaunchEvents>): Piece => ({ what, effects: { launchId, stream, from, to, ...effects } });
  return [
    ...(said.metrics ?? []).map((metric) => piece(`A value of the metric ${metric.key}`, { metrics: [metric] })),
    ...(said.sites ?? []).map((site) => piece(`The place in the code of ${site.key}`, { sites: [site] })),
    ...(said.params ?? []).map((param) => piece(`The param ${param.key}`, { params: [param] })),
    ...(said.tags ?? []).map((tag) => piece(`The tag ${tag.key}`, { tags: [tag] })),
    ...(said.files ?? []).map((file) => piece(`The file ${file.path}`, { files: [file] })),
    ...(said.artifacts ?? []).map((artifact) => piece(`The artifact ${artifact.path}`, { artifacts: [artifact] })),
    ...(said.sources ?? []).map((source) => piece(`The log ${source.path}`, { sources: [source] })),
    ...(said.exception === undefined ? [] : [piece("The exception", { exception: said.exception })]),
    ...(said.progress === undefined ? [] : [piece("The progress", { progress: said.progress })]),
    ...(said.interpreter === undefined ? [] : [piece("The interpreter", { interpreter: said.interpreter })]),
    ...(said.packages === undefined ? [] : [piece("The packages", { packages: said.packages })]),
  ];
}

/** True where the value is at fault, so that trying again is in vain; not for a full disk, a locked or a failing file. */
export function isRefused(error: unknown): error is Error {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return error instanceof Error && "code" in error && /^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(String(error.code));
}
