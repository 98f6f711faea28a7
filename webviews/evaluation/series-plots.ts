import { nothing, svg, type SVGTemplateResult } from "lit";
import type { Residuals } from "../../engine/api/evaluation.ts";
import { formatCount } from "../ui/format.ts";
import { onPress, pathOf, Plot, type PlotTable, type RangePick } from "./plot.ts";
import { tickLabel } from "./scale.ts";

const MARGIN = { top: 10, right: 12, bottom: 36, left: 42 } as const;

/** `<quantile-plot .qq>`: standardised residuals against normal quantiles, with the line through the quartiles. */
class QuantilePlot extends Plot {
  static override properties = { ...Plot.properties, qq: { attribute: false } };
  declare qq: Residuals["qq"] | null;

  constructor() {
    super();
    this.qq = null;
  }

  protected override drawing(): SVGTemplateResult | typeof nothing {
    const { qq } = this;
    if (qq === null || qq.x.length === 0) return nothing;
    const [low, high] = [qq.x[0]!, qq.x.at(-1)!];
    const { x, y } = this.scales([low, high], [Math.min(qq.y[0]!, low), Math.max(qq.y.at(-1)!, high)], MARGIN);
    return svg`<svg role="img" aria-label=${this.label}>${this.axes(x, y, MARGIN, { x: "normal quantile" })}
      <path class="expected" d=${pathOf([low, high], [qq.intercept + qq.slope * low, qq.intercept + qq.slope * high], x, y)}></path>
      ${qq.x.map((value, i) => svg`<circle class="full" cx=${x(value).toFixed(1)} cy=${y(qq.y[i] ?? 0).toFixed(1)} r="1.6"></circle>`)}</svg>`;
  }

  protected override table(): PlotTable {
    return { caption: "standardised residual by normal quantile", head: ["normal quantile", "residual / sd"], rows: (this.qq?.x ?? []).map((value, i) => [value, this.qq?.y[i] ?? null]) };
  }
}

/** `<lag-plot .autocorrelation>`: autocorrelations with the band of chance. */
class LagPlot extends Plot {
  static override properties = { ...Plot.properties, autocorrelation: { attribute: false }, order: { type: String } };
  declare autocorrelation: Residuals["autocorrelation"] | null;
  declare order: string;

  constructor() {
    super();
    this.autocorrelation = null;
    this.order = "";
  }

  protected override drawing(): SVGTemplateResult | typeof nothing {
    const { autocorrelation } = this;
    if (autocorrelation === null) return nothing;
    const { values, band } = autocorrelation;
    const reach = Math.min(1, Math.max(0.2, ...values.map((value) => Math.abs(value) * 1.1)));
    const { x, y } = this.scales([0, values.length + 1], [-reach, reach], MARGIN);
    return svg`<svg role="img" aria-label=${this.label}>${this.axes(x, y, MARGIN, { x: `lag, in ${this.order}` })}
      <rect class="band" x=${MARGIN.left} y=${y(band)} width=${this.width - MARGIN.left - MARGIN.right} height=${y(-band) - y(band)}><title>95 % band of chance</title></rect>
      ${values.map((value, i) => svg`<line class="whisker" stroke-width="2" x1=${x(i + 1)} x2=${x(i + 1)} y1=${y(0)} y2=${y(value)}><title>lag ${i + 1}: ${value.toFixed(3)}</title></line>`)}</svg>`;
  }

  protected override table(): PlotTable {
    return { caption: `autocorrelation by lag, in ${this.order}`, head: ["lag", "autocorrelation"], rows: (this.autocorrelation?.values ?? []).map((value, i) => [i + 1, value]) };
  }
}

/** `<histogram-plot .histogram .xName .column>`: bars that open their rows (`pick-range`, RangePick). */
class HistogramPlot extends Plot {
  static override properties = { ...Plot.properties, histogram: { attribute: false }, xName: { type: String }, column: { type: String } };
  declare histogram: Residuals["histogram"] | null;
  declare xName: string;
  declare column: string;

  constructor() {
    super();
    this.histogram = null;
    this.xName = "";
    this.column = "@residual";
  }

  protected override drawing(): SVGTemplateResult | typeof nothing {
    const { histogram } = this;
    if (histogram === null || histogram.counts.length === 0) return nothing;
    const { edges, counts } = histogram;
    const { x, y } = this.scales([edges[0]!, edges.at(-1)!], [0, Math.max(...counts)], MARGIN);
    return svg`<svg role="group" aria-label=${this.label}>${this.axes(x, y, MARGIN, { x: this.xName })}
      ${counts.map((count, i) => {
        const [low, high] = [edges[i]!, edges[i + 1]!];
        if (count === 0) return nothing;
        // A value on an edge counts in the bar above it, the largest one in the last bar.
        const pick = (): void => this.emit("pick-range", { column: this.column, low, high, ...(i < counts.length - 1 ? { open: "high" } : {}) } satisfies RangePick);
        const onKey = (event: KeyboardEvent): void => onPress(event, pick);
        const name = `${this.xName} ${tickLabel(low)} to ${tickLabel(high)}: ${formatCount(count)} rows`;
        return svg`<rect class="bar act" role="button" tabindex="0" aria-label="${name}. Open them" x=${x(low) + 0.5} y=${y(count)} width=${Math.max(1, x(high) - x(low) - 1)} height=${Math.max(1, y(0) - y(count))} @click=${pick} @keydown=${onKey}><title>${name}</title></rect>`;
      })}</svg>`;
  }

  protected override table(): PlotTable {
    const { edges, counts } = this.histogram ?? { edges: [], counts: [] };
    return { caption: `${this.label}`, head: ["from", "to", "rows"], rows: counts.map((count, i) => [edges[i] ?? null, edges[i + 1] ?? null, count]) };
  }
}

customElements.define("quantile-plot", QuantilePlot);
customElements.define("lag-plot", LagPlot);
customElements.define("histogram-plot", HistogramPlot);
