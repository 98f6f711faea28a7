import { html, nothing, type TemplateResult } from "lit";
import { hostCompare, hostCopy, hostOpenFile, hostOpenRun, hostTitle } from "../../engine/api/host.ts";
import { remoteChanged, remoteStatus, type RemoteStatus } from "../../engine/api/remote.ts";
import type { CallSite, RunDetail } from "../../engine/api/runs.ts";
import { stateOf } from "../table/cells.ts";
import { runAction, runCommand, runMenu } from "../table/run-menu.ts";
import { possible } from "../table/run-possible.ts";
import { Sparks } from "../table/sparks.ts";
import "../ui/answer-line.ts";
import "../ui/charts/curve-panel.ts";
import { CURVE_SETTINGS, curveSettings, type CurveRun, type CurveSettings } from "../ui/charts/curve-panel.ts";
import { formatAge, formatDuration, formatTime, plural, shortId } from "../ui/format.ts";
import { getState, rpc, setState } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { keepScroll } from "../ui/keep-scroll.ts";
import { t } from "../ui/l10n.ts";
import { openMenu } from "../ui/menu.ts";
import { runDotClass } from "../ui/palette.ts";
import { Panel } from "../ui/panel.ts";
import "../ui/state-view.ts";
import "../ui/tab-bar.ts";
import { runDots } from "../ui/theme.ts";
import "./artifacts-view.ts";
import { evaluations } from "./evaluations.ts";
import { overview } from "./overview.ts";
import { RunData } from "./run-data.ts";
import "./run-log.ts";
import { serverLine } from "./server-words.ts";
import { runStyles } from "./styles.ts";
import { system } from "./system.ts";

const TABS = ["overview", "curves", "log", "artifacts", "evaluations", "system"];
const MOST_CURVES = 24;
/** Between two looks at how a server is. */
const LOOK_MS = 15_000;

/** One run: `{runId, tab?}`. */
class RunPanel extends Panel {
  static override properties = { ...Panel.properties, tab: { state: true }, allParams: { state: true }, now: { state: true }, remote: { state: true } };
  static override styles = [...Panel.styles, runDots, runStyles];

  declare tab: string;
  declare allParams: boolean;
  declare now: number;
  /** How the server is that is connected. */
  declare remote: RemoteStatus | null;

  readonly #data = new RunData(() => this.#onData());
  readonly #sparks = new Sparks(() => this.requestUpdate());
  #runId = "";
  #folder = "";
  #titled = "";
  #points = "";
  #clock: ReturnType<typeof setInterval> | undefined;
  #looks: ReturnType<typeof setInterval> | undefined;
  #unfollow: (() => void) | undefined;

  constructor() {
    super();
    const kept = getState()["tab"];
    this.tab = typeof kept === "string" && TABS.includes(kept) ? kept : "overview";
    this.allParams = false;
    this.now = Date.now();
    this.remote = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#clock = setInterval(() => (this.now = Date.now()), 1000);
    this.#looks = setInterval(() => this.#look(), LOOK_MS);
    this.#unfollow = rpc.on(remoteChanged, () => this.#look());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    clearInterval(this.#looks);
    this.#unfollow?.();
    this.#data.dispose();
  }

  show(subject: unknown): void {
    const about = typeof subject === "object" && subject !== null ? Object.fromEntries(Object.entries(subject)) : {};
    if (typeof about["runId"] !== "string") return;
    if (typeof about["tab"] === "string" && TABS.includes(about["tab"])) this.#choose(about["tab"]);
    this.#folder = typeof about["folder"] === "string" ? about["folder"] : "";
    if (about["runId"] === this.#runId) return;
    this.#runId = about["runId"];
    void this.#data.load(this.#runId);
  }

  refresh(): void {
    if (this.#runId !== "") void this.#data.load(this.#runId);
  }

  override render(): TemplateResult {
    const { detail, error } = this.#data;
    if (error !== undefined) return html`${this.notices()}<state-view kind="error" .error=${error} .action=${{ label: "Try again", run: () => this.refresh() }}></state-view>`;
    if (detail === undefined) return html`${this.notices()}<state-view kind="loading" .message=${"Loading the run…"}></state-view>`;
    return html`${this.notices()}${this.#header(detail)}
      <tab-bar .label=${"Parts of the run"} .active=${this.tab} @tab-change=${(event: CustomEvent<string>) => this.#choose(event.detail)}
        .tabs=${[{ id: "overview", label: "Overview" }, { id: "curves", label: "Curves" }, { id: "log", label: "Log" }, { id: "artifacts", label: "Artifacts" }, { id: "evaluations", label: "Evaluations", ...(this.#data.evaluations.length > 0 ? { count: this.#data.evaluations.length } : {}) }, { id: "system", label: "System" }]}></tab-bar>
      ${this.tab === "overview" ? html`<answer-line .text=${detail.answer}></answer-line>` : nothing}
      <div class="page ${this.tab === "log" || this.tab === "artifacts" ? "fill" : "scroll"}" role="tabpanel" aria-label=${this.tab} tabindex=${this.tab === "log" || this.tab === "artifacts" ? nothing : 0} ${keepScroll(`run ${this.tab}`)}>${this.#page(detail)}</div>`;
  }

  #page(detail: RunDetail): TemplateResult {
    switch (this.tab) {
      case "curves":
        return this.#curves(detail, detail.metrics.filter(({ key }) => !key.startsWith("system/")).map(({ key }) => key));
      case "log":
        return html`<run-log .launchId=${detail.launch?.launchId ?? null}></run-log>`;
      case "artifacts":
        return html`<artifacts-view .runId=${detail.head.runId}></artifacts-view>`;
      case "evaluations":
        return evaluations(this.#data.evaluations, detail.outputs, (path) => this.#evaluate(path));
      case "system":
        return detail.launch === null
          ? html`<state-view kind="empty" .message=${"What ran this is not known: its script logged here from outside."}></state-view>`
          : html`${this.#curves(detail, detail.metrics.filter(({ key }) => key.startsWith("system/")).map(({ key }) => key))}${system(detail.launch)}`;
      default:
        return overview({
          detail,
          neighbours: this.#data.neighbours,
          varying: this.#data.varying,
          standing: this.#data.standing,
          recent: this.#data.recent,
          sparks: (key) => this.#sparks.of(detail.head.runId, key),
          allParams: this.allParams,
          toggleParams: () => (this.allParams = !this.allParams),
          actions: {
            openSite: (site) => this.#openSite(site),
            openFile: (path) => void this.act(() => rpc.request(hostOpenFile, { path, beside: true })),
            openRun: (runId) => void this.act(() => rpc.request(hostOpenRun, { runId })),
            compare: (runIds) => void this.act(() => rpc.request(hostCompare, { runIds })),
            ...(this.bundle === undefined ? { editNote: () => this.#command("noteRun") } : {}),
            evaluate: (path) => this.#evaluate(path),
            copy: (text) => void this.act(() => rpc.request(hostCopy, { text })),
          },
        });
    }
  }

  #header(detail: RunDetail): TemplateResult {
    const { head, launch, tags } = detail;
    const state = stateOf(head);
    const command = launch?.command.join(" ") ?? "";
    const [program = "", ...words] = launch?.command ?? [];
    const short = [program.slice(Math.max(program.lastIndexOf("/"), program.lastIndexOf("\\")) + 1), ...words].join(" ");
    const shown = Object.entries(tags).filter(([key]) => !key.startsWith("mlflow.") && !key.startsWith("touchstone."));
    const live = head.status === "running";
    const fixed = this.bundle !== undefined;
    const server = serverLine(detail, this.remote);
    return html`<header>
      <div class="title"><span class=${runDotClass(head.color)}></span><h1 class="cut">${head.title}</h1>${fixed ? nothing : html`<button class="tool" aria-label=${t("Rename")} @click=${() => this.#command("renameRun")}>${icon("edit")}</button>`}
        ${fixed ? (head.starred ? html`<span role="img" aria-label=${t("Starred")}>${icon("star-full")}</span>` : nothing) : html`<button class="tool" aria-pressed=${head.starred} aria-label=${t("Star")} @click=${() => this.#command("starRun")}>${icon(head.starred ? "star-full" : "star-empty")}</button>`}
        <span class="mono three wide" title=${head.runId}>${shortId(head.runId)}</span>
        ${shown.slice(0, 4).map(([key, value]) => html`<span class="chip" title="${key} = ${value}"><span class="cut">${value === "true" || value === "" ? key : `${key}: ${value}`}</span></span>`)}
        ${fixed ? nothing : html`<button class="tool" aria-label=${t("Add a tag")} @click=${() => this.#command("tagRun")}>${icon("add")}</button>`}<span class="grow"></span>
        ${live && head.server === undefined && !fixed ? html`<button class="button secondary" @click=${() => this.#command("stop")}>${icon("debug-stop")}Stop</button>` : launch?.script && !fixed && !live ? html`<button class="button" @click=${() => this.#again(detail)}>${icon("run-all")}Run again</button><button class="button secondary wide" @click=${() => this.#change(detail)}>${t("Run with changes…")}</button>` : nothing}
        <button class="tool" aria-label=${t("More")} aria-haspopup="menu" @click=${(event: Event) => void this.#more(event, detail)}>${icon("ellipsis")}</button></div>
      <div class="facts">
        <span class="row" title=${head.error ?? ""}>${state.icon}<span>${state.text}${live && head.progress !== null ? ` ${head.progress}` : ""}</span></span>
        <span class="two" title=${formatTime(head.start)}>${formatAge(head.start, this.now)} ago</span><span>${formatDuration((head.end ?? head.silentSince ?? this.now) - head.start)}</span>
        ${launch !== null && launch.exitCode !== null && launch.exitCode !== 0 ? html`<span class="bad">exit ${launch.exitCode}</span>` : nothing}${launch?.signal ? html`<span class="bad">${launch.signal}</span>` : nothing}
        ${command === "" ? nothing : html`<span class="command"><span class="mono cut" title=${command}>${short}</span><button class="tool" aria-label=${t("Copy the command")} @click=${() => void this.act(() => rpc.request(hostCopy, { text: command }))}>${icon("copy")}</button></span>`}
        ${launch?.code ? this.#code(launch.code) : nothing}
        ${launch !== null && launch.runIds.length > 1 ? html`<span class="two">1 of ${plural(launch.runIds.length, "run")} of this launch</span>` : nothing}
        ${server === null ? nothing : html`<span class="row two" title=${t("What is changed or deleted here is changed or deleted there, for everybody who uses the server.")}>${icon("cloud")}<span>${server}</span></span>`}
      </div>
    </header>`;
  }

  #code(code: NonNullable<NonNullable<RunDetail["launch"]>["code"]>): TemplateResult {
    const clean = code.added + code.removed === 0 && code.files.length === 0;
    return html`<span class="row">${icon("git-commit")}<button class="link mono" title="Open the code of this run${code.branch === null ? "" : ` (${code.branch})`}" @click=${() => this.#command("goToCode")}>${code.commit === null ? "kept copy" : shortId(code.commit)}</button>
      ${clean ? html`<span class="two">clean</span>` : html`<button class="link" title=${code.files.map(({ path }) => path).join("\n")} @click=${() => this.#command("diffCode")}><span class="good">+${code.added}</span> <span class="bad">−${code.removed}</span></button>`}</span>`;
  }

  #curves(detail: RunDetail, keys: readonly string[]): TemplateResult {
    if (keys.length === 0 && this.tab === "curves") return html`<state-view kind="empty" .message=${"This run has logged no metric."} .hint=${'Print "loss=0.2 step=3", call touchstone.log({"loss": 0.2}), or use the MLflow client.'}></state-view>`;
    const { head } = detail;
    const runs: readonly CurveRun[] = this.#line(head.runId, head.title, head.color);
    return html`<div class="curves">${keys.slice(0, MOST_CURVES).map((key) => html`<curve-panel .runs=${runs} .keys=${[key]} .settings=${this.#settingsOf(key)} .heading=${key.replace(/^system\//, "")}
        @curve-settings=${(event: CustomEvent<CurveSettings>) => this.#keepSettings(key, event.detail)}></curve-panel>`)}</div>
      ${keys.length > MOST_CURVES ? html`<p class="two small">The first ${MOST_CURVES} of ${keys.length} metrics; the table's curves show any.</p>` : nothing}`;
  }

  readonly #settings = new Map<string, CurveSettings>();

  #settingsOf(key: string): CurveSettings {
    const fresh: CurveSettings = { ...CURVE_SETTINGS, key, kind: key.startsWith("system/") ? "relative" : "step" };
    const settings = this.#settings.get(key) ?? curveSettings(this.#keptCurves()[key], fresh);
    this.#settings.set(key, settings);
    return settings;
  }

  #keepSettings(key: string, settings: CurveSettings): void {
    this.#settings.set(key, settings);
    setState({ curves: { ...this.#keptCurves(), [key]: settings } });
    this.requestUpdate();
  }

  #keptCurves(): Readonly<Record<string, unknown>> {
    const kept = getState()["curves"];
    return typeof kept === "object" && kept !== null ? Object.fromEntries(Object.entries(kept)) : {};
  }

  #lines: readonly CurveRun[] = [];

  /** The same array while the run is the same, so that its charts fetch only what changed. */
  #line(runId: string, label: string, color: number): readonly CurveRun[] {
    if (this.#lines[0]?.runId !== runId || this.#lines[0].label !== label) this.#lines = [{ runId, label, color, front: true }];
    return this.#lines;
  }

  #onData(): void {
    const { detail } = this.#data;
    this.requestUpdate();
    if (detail === undefined) return;
    if (this.remote === null) this.#look();
    if (detail.head.title !== this.#titled) {
      this.#titled = detail.head.title;
      void this.act(() => rpc.request(hostTitle, { title: detail.head.title }));
    }
    const keys = detail.metrics.filter(({ key }) => !key.startsWith("system/")).map(({ key }) => key);
    const points = detail.metrics.map(({ points: count }) => count).join();
    if (points !== this.#points) this.#sparks.forget([detail.head.runId]);
    this.#points = points;
    void this.#sparks.want([detail.head.runId], keys);
  }

  /** How old what is shown of a server's run may be: nobody tells that the server was looked at and nothing was new. */
  #look(): void {
    if (this.#data.detail?.head.server === undefined) return;
    void rpc.request(remoteStatus, null).then(
      (status) => (this.remote = status),
      // The panel says that the engine is away.
      () => undefined,
    );
  }

  #choose(tab: string): void {
    this.tab = tab;
    setState({ tab });
  }

  #openSite(site: CallSite): void {
    void this.act(() => rpc.request(hostOpenFile, { path: site.file, line: site.line, beside: true }));
  }

  #command(name: string): void {
    void this.act(() => runCommand(name, this.#runId));
  }

  #evaluate(path: string): void {
    void this.act(() => runCommand("evaluate", this.#absolute(path), this.#runId));
  }

  /** The same script with the same arguments. */
  #again({ launch }: RunDetail): void {
    const script = launch?.script ?? "";
    const at = launch?.command.findIndex((word) => word.endsWith(script.slice(script.lastIndexOf("/") + 1))) ?? -1;
    void this.act(() => runCommand("run", this.#absolute(script), launch?.command.slice(at + 1) ?? []));
  }

  #change({ launch }: RunDetail): void {
    void this.act(() => runCommand("runWithArguments", this.#absolute(launch?.script ?? "")));
  }

  #absolute(path: string): string {
    return /^(\/|[A-Za-z]:)/.test(path) ? path : `${this.#folder}/${path}`;
  }

  async #more(event: Event, detail: RunDetail): Promise<void> {
    const { head, launch } = detail;
    if (!(event.currentTarget instanceof HTMLElement)) return;
    // The button is not there in a narrow page.
    const fixed = this.bundle !== undefined;
    const again = launch?.script && !fixed && head.status !== "running" ? [{ id: "change", label: "Run with changes…", icon: "run-all" }] : [];
    const more = possible([{ id: "diffCode", label: "Compare its code with the working copy", icon: "diff" }], head, fixed);
    const items = [...again, ...runMenu(head, 0, fixed).filter(({ id }) => id !== "open" && id !== "openLog"), ...more];
    const chosen = await openMenu(items, event.currentTarget.getBoundingClientRect());
    if (chosen === "change") this.#change(detail);
    else if (chosen !== null) void this.act(() => runAction(chosen, head, []));
  }
}

customElements.define("touchstone-run", RunPanel);
