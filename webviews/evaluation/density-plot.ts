import { css, nothing, svg, type SVGTemplateResult } from "lit";
import type { Condition, Density } from "../../engine/api/evaluation.ts";
import { plural } from "../ui/format.ts";
import { pathOf, Plot, plotStyles, type PlotTable } from "./plot.ts";
import { base } from "../ui/theme.ts";
import { tickLabel, type Scale } from "./scale.ts";

const MARGIN = { top: 10, right: 12, bottom: 36, left: 46 } as const;

/** Where a brush leads: ranges of both axes. */
export interface Box {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Which hexagon was opened, in the words of the condition that the engine knows. */
export type Hexagon = Pick<Condition & { kind: "hexagon" }, "origin" | "cell" | "at">;

/**
 * `<density-plot .density .xName .yName .categories>`: hexagons shaded by the logarithm of their counts, the smooth
 * line on top. Dragging a rectangle fires `brush` (Box);
 * clicking a hexagon, or Enter on the one that the arrow keys reached, fires `hexagon` (Hexagon).
 */
class DensityPlot extends Plot {
  static override properties = { ...Plot.properties, density: { attribute: false }, xName: { type: String }, yName: { type: String }, categories: { attribute: false }, drag: { state: true }, at: { state: true }, over: { state: true } };
  static override styles = [
    base,
    plotStyles,
    css`
      .readout { fill: var(--ts-fg); paint-order: stroke; stroke: var(--ts-bg); stroke-width: 3px; }
      .hex { fill: color-mix(in srgb, var(--ts-data) var(--weight), var(--ts-bg)); }
      svg { cursor: crosshair; touch-action: none; }
    `,
  ];
  declare density: Density | null;
  declare xName: string;
  declare yName: string;
  declare categories: readonly string[] | null;
  declare drag: { readonly from: readonly [number, number]; readonly to: readonly [number, number] } | null;
  /** The hexagon that the keyboard stands on. */
  declare at: number;
  /** The hexagon under the pointer. */
  declare over: number;

  constructor() {
    super();
    this.density = null;
    this.xName = "";
    this.yName = "";
    this.categories = null;
    this.drag = null;
    this.at = -1;
    this.over = -1;
  }

  #scales(density: Density): { x: Scale; y: Scale } {
    const [w, r] = density.cell;
    return this.scales([density.xRange[0] - w, density.xRange[1] + w], [density.yRange[0] - r, density.yRange[1] + r], MARGIN);
  }

  protected override drawing(): SVGTemplateResult | typeof nothing {
    const { density, categories } = this;
    if (density === null) return nothing;
    const { x, y } = this.#scales(density);
    // Where hardly any point is shared, all are pale rather than all strong.
    const most = Math.log1p(Math.max(4, ...density.count));
    const xLabel = (value: number): string => (categories === null ? tickLabel(value) : Number.isInteger(value) ? (categories[value] ?? "").slice(0, 12) : "");
    const hexagon = (i: number): string => hexPath(x(density.x[i]!), y(density.y[i]!), Math.abs(x(density.cell[0]) - x(0)), Math.abs(y(density.cell[1]) - y(0)));
    const groups = new Map<number, string[]>();
    density.count.forEach((count, i) => {
      const shade = 18 + 8 * Math.round((Math.log1p(count) / most) * 10);
      const list = groups.get(shade);
      if (list) list.push(hexagon(i));
      else groups.set(shade, [hexagon(i)]);
    });
    const brush = this.drag;
    const pointed = this.over >= 0 ? this.over : this.at;
    return svg`<svg role="application" tabindex="0" aria-label="${this.label}: ${this.yName} by ${this.xName}. Arrow keys move over the cells, Enter opens the rows of one." @pointerdown=${this.#down} @pointermove=${this.#move} @pointerup=${this.#up} @pointerleave=${this.#leave} @keydown=${this.#key}>
      ${this.axes(x, y, MARGIN, { x: this.xName }, xLabel)}
      ${[...groups].map(([shade, paths]) => svg`<path class="hex w${shade}" style-weight=${shade} d=${paths.join("")}></path>`)}
      ${density.smooth.x.length > 1 ? svg`<path class="smooth" d=${pathOf(density.smooth.x, density.smooth.y, x, y)}><title>${density.smoothNote}</title></path>` : nothing}
      ${density.x[pointed] === undefined ? nothing : svg`<path class="cursor" d=${hexagon(pointed)}></path><text class="readout" x=${this.width - MARGIN.right} y=${MARGIN.top} text-anchor="end">${this.#said(density, pointed)}</text>`}
      ${brush === null ? nothing : svg`<rect class="brush" x=${Math.min(brush.from[0], brush.to[0])} y=${Math.min(brush.from[1], brush.to[1])} width=${Math.abs(brush.to[0] - brush.from[0])} height=${Math.abs(brush.to[1] - brush.from[1])}></rect>`}
    </svg>`;
  }

  protected override updated(): void {
    super.updated();
    // The policy forbids style attributes; the shade is set through the CSSOM.
    for (const path of this.renderRoot.querySelectorAll<SVGPathElement>("[style-weight]")) path.style.setProperty("--weight", `${path.getAttribute("style-weight")}%`);
  }

  protected override table(): PlotTable {
    const { density } = this;
    return { caption: `${this.label}: centres of cells and their rows`, head: [this.xName, this.yName, "rows"], rows: density === null ? [] : density.x.map((value, i) => [this.categories?.[value] ?? value, density.y[i] ?? null, density.count[i] ?? null]) };
  }

  #point(event: PointerEvent): readonly [number, number] {
    const box = this.renderRoot.querySelector("svg")?.getBoundingClientRect();
    return [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)];
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId);
    this.drag = { from: this.#point(event), to: this.#point(event) };
  }

  #move(event: PointerEvent): void {
    const { drag, density } = this;
    if (drag !== null) this.drag = { ...drag, to: this.#point(event) };
    if (density === null) return;
    const { x, y } = this.#scales(density);
    const [px, py] = this.#point(event);
    const near = nearest(density, x.back(px), y.back(py));
    this.over = drag === null && isInside(density, near, x.back(px), y.back(py)) ? near : -1;
  }

  #leave(): void {
    this.over = -1;
  }

  #up(): void {
    const { drag, density } = this;
    this.drag = null;
    if (drag === null || density === null) return;
    const { x, y } = this.#scales(density);
    const [[x1, y1], [x2, y2]] = [drag.from, drag.to];
    if (Math.abs(x1 - x2) < 4 && Math.abs(y1 - y2) < 4) {
      const near = nearest(density, x.back(x1), y.back(y1));
      if (isInside(density, near, x.back(x1), y.back(y1))) this.#open(near);
      return;
    }
    this.emit("brush", { x: [x.back(Math.min(x1, x2)), x.back(Math.max(x1, x2))], y: [y.back(Math.max(y1, y2)), y.back(Math.min(y1, y2))] } satisfies Box);
  }

  #key(event: KeyboardEvent): void {
    const { density } = this;
    if (density === null) return;
    const moves: Record<string, readonly [number, number]> = { ArrowRight: [2, 0], ArrowLeft: [-2, 0], ArrowUp: [0, 1.5], ArrowDown: [0, -1.5] };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      const from = this.at < 0 ? density.count.indexOf(Math.max(...density.count)) : this.at;
      this.at = this.at < 0 ? from : nearest(density, density.x[from]! + move[0] * density.cell[0], density.y[from]! + move[1] * density.cell[1]);
    } else if (event.key === "Enter" && this.at >= 0) this.#open(this.at);
  }

  #open(i: number): void {
    const { density } = this;
    const x = density?.x[i];
    const y = density?.y[i];
    if (density === null || x === undefined || y === undefined) return;
    this.emit("hexagon", { origin: [density.xRange[0], density.yRange[0]], cell: density.cell, at: [x, y] } satisfies Hexagon);
  }

  /** What a hexagon holds, in words. */
  #said(density: Density, i: number): string {
    const x = density.x[i] ?? 0;
    return `${this.xName} ${this.categories?.[Math.round(x)] ?? tickLabel(x)}, ${this.yName} ${tickLabel(density.y[i] ?? 0)}: ${plural(density.count[i] ?? 0, "row")}`;
  }
}

/** Within the box around a hexagon; its corners belong to neighbours, to which the nearest centre then leads. */
function isInside(density: Density, i: number, x: number, y: number): boolean {
  const [w, r] = density.cell;
  return density.x[i] !== undefined && Math.abs(x - density.x[i]) <= w && Math.abs(y - density.y[i]!) <= r;
}

function nearest(density: Density, x: number, y: number): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  density.x.forEach((cx, i) => {
    // Regular hexagons: half a width is √3/2 of the radius, as the engine bins the rows.
    const away = 0.75 * ((cx - x) / density.cell[0]) ** 2 + ((density.y[i]! - y) / density.cell[1]) ** 2;
    if (away < least) [best, least] = [i, away];
  });
  return best;
}

/** A hexagon with its point up: half its width, and its radius. */
function hexPath(x: number, y: number, w: number, r: number): string {
  const p = (dx: number, dy: number): string => `${(x + dx).toFixed(1)} ${(y + dy).toFixed(1)}`;
  return `M${p(0, -r)}L${p(w, -r / 2)}L${p(w, r / 2)}L${p(0, r)}L${p(-w, r / 2)}L${p(-w, -r / 2)}Z`;
}

customElements.define("density-plot", DensityPlot);
