import { html, nothing, svg, type SVGTemplateResult } from "lit";
import type { Calibration, CurveXY } from "../../engine/api/evaluation.ts";
import { formatCount } from "../ui/format.ts";
import { onPress, pathOf, Plot, type PlotTable, type RangePick } from "./plot.ts";
import { linear } from "./scale.ts";
import { t } from "../ui/l10n.ts";

const MARGIN = { top: 8, right: 10, bottom: 34, left: 38 } as const;
const HISTOGRAM = 34;

/** `<calibration-plot .calibration .column>`: observed share by predicted probability, n below. A bar fires `pick-range` (RangePick). */
class CalibrationPlot extends Plot {
  static override properties = { ...Plot.properties, calibration: { attribute: false }, column: { type: String } };
  declare calibration: Calibration | null;
  /** What the bars are ranges of. */
  declare column: string;

  constructor() {
    super();
    this.calibration = null;
    this.column = "@probability";
  }

  protected override drawing(): SVGTemplateResult | typeof nothing {
    const { calibration } = this;
    if (calibration === null) return nothing;
    const margin = { ...MARGIN, bottom: MARGIN.bottom + HISTOGRAM };
    const { x, y } = this.scales([0, 1], [0, 1], margin);
    const { bins } = calibration;
    const rates = bins.map((bin) => bin.rate.value ?? 0);
    const tallest = Math.max(1, ...bins.map((bin) => Math.sqrt(bin.n)));
    const foot = this.height - MARGIN.bottom + 18;
    const bar = linear(0, tallest, 0, HISTOGRAM - 8);
    return svg`<svg role="group" aria-label="${this.label}: observed share against ${calibration.what}, expected calibration error ${calibration.ece.toFixed(4)}">
      ${this.axes(x, y, margin, { x: "" })}
      <path class="expected" d=${pathOf([0, 1], [0, 1], x, y)}></path>
      ${bins.map((bin) => (bin.rate.value === null ? nothing : svg`<line class="whisker" x1=${x(bin.mean)} x2=${x(bin.mean)} y1=${y(bin.rate.low)} y2=${y(bin.rate.high)}></line>`))}
      <path class="line" d=${pathOf(bins.map((bin) => bin.mean), rates, x, y)}></path>
      ${bins.map((bin, i) => svg`<circle class="dot" cx=${x(bin.mean)} cy=${y(rates[i] ?? 0)} r="3"><title>${bin.n} rows, mean ${bin.mean.toFixed(3)}, observed ${(rates[i] ?? 0).toFixed(3)}</title></circle>`)}
      ${bins.map((bin) => {
        const height = Math.max(1, bar(Math.sqrt(bin.n)));
        const shape = { x: x(bin.low) + 1, y: foot - height, width: Math.max(1, x(bin.high) - x(bin.low) - 2) };
        const name = `probability ${bin.low.toFixed(2)} to ${bin.high.toFixed(2)}: ${formatCount(bin.n)} rows`;
        const pick = (): void => this.#pick(bin.low, bin.high);
        return svg`<rect class="bar act" role="button" tabindex="0" aria-label="${name}. Open them" x=${shape.x} y=${shape.y} width=${shape.width} height=${height} @click=${pick} @keydown=${(event: KeyboardEvent) => onPress(event, pick)}><title>${name}</title></rect>`;
      })}
      <text x=${MARGIN.left} y=${foot + 13}>predicted probability</text><text x=${this.width - MARGIN.right} y=${foot + 13} text-anchor="end">n, √ scale</text>
    </svg>`;
  }

  protected override table(): PlotTable {
    const bins = this.calibration?.bins ?? [];
    return { caption: this.calibration?.what ?? "", head: ["from", "to", "n", "mean probability", "observed", "low", "high"], rows: bins.map((bin) => [bin.low, bin.high, bin.n, bin.mean, bin.rate.value, bin.rate.value === null ? null : bin.rate.low, bin.rate.value === null ? null : bin.rate.high]) };
  }

  /** Bins are closed on the right; the first one holds 0 too. */
  #pick(low: number, high: number): void {
    this.emit("pick-range", { column: this.column, low, high, ...(low > 0 ? { open: "low" } : {}) } satisfies RangePick);
  }
}

/** `<curve-plot .curve .x .y diagonal .base>`: a ROC or precision–recall curve in the unit square. */
class CurvePlot extends Plot {
  static override properties = { ...Plot.properties, curve: { attribute: false }, xName: { type: String }, yName: { type: String }, expected: { attribute: false } };
  declare curve: CurveXY | null;
  declare xName: string;
  declare yName: string;
  /** Heights of the chance line at 0 and at 1. */
  declare expected: readonly [number, number];

  constructor() {
    super();
    this.curve = null;
    this.xName = "";
    this.yName = "";
    this.expected = [0, 1];
  }

  protected override drawing(): SVGTemplateResult | typeof nothing {
    const { curve } = this;
    if (curve === null || curve.x.length === 0) return nothing;
    const margin = { ...MARGIN, top: 22 };
    const { x, y } = this.scales([0, 1], [0, 1], margin);
    return svg`<svg role="img" aria-label="${this.label}: ${this.yName} by ${this.xName}">${this.axes(x, y, margin, { x: this.xName, y: this.yName })}
      <path class="expected" d=${pathOf([0, 1], this.expected, x, y)}></path><path class="line" d=${pathOf(curve.x, curve.y, x, y)}></path></svg>`;
  }

  protected override table(): PlotTable {
    return { caption: this.label, head: [this.xName, this.yName], rows: (this.curve?.x ?? []).map((value, i) => [value, this.curve?.y[i] ?? null]) };
  }
}

customElements.define("calibration-plot", CalibrationPlot);
customElements.define("curve-plot", CurvePlot);

/** The note above the plots that need no drawing. */
export const noCurve = html`<p class="two small">${t("The file has no probabilities or scores, so there is nothing to rank by. Give a column the role “probability” or “score”.")}</p>`;
