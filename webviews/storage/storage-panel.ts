import { html, nothing, type TemplateResult } from "lit";
import { hostCommand, hostGiveBack, hostOpenRun, hostPrune } from "../../engine/api/host.ts";
import { runsChanged } from "../../engine/api/runs.ts";
import { type OpenedBundleUse, type PrunePreview, type PruneQuery, type StorageOf, type StorageRun, type StorageUsage, storageForget, storageOpened, storagePreview, storageUsage } from "../../engine/api/storage.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import "../ui/answer-line.ts";
import { formatBytes, formatCount, plural } from "../ui/format.ts";
import { rpc } from "../ui/host.ts";
import { t } from "../ui/l10n.ts";
import { Panel } from "../ui/panel.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";
import { storageStyles } from "./styles.ts";

/** Runs that are named. */
const SHOWN = 50;
const LIVE_MS = 2_000;
/** Less room in the database is not worth a click. */
const WORTH_BYTES = 100_000;

/** What the store takes, and a prune with its preview. */
class StoragePanel extends Panel {
  static override properties = { ...Panel.properties, usage: { state: true }, error: { state: true }, preview: { state: true }, wrong: { state: true }, done: { state: true }, given: { state: true }, opened: { state: true }, forgotten: { state: true } };
  static override styles = [...Panel.styles, storageStyles];

  declare usage: StorageUsage | undefined;
  declare error: ErrorShape | undefined;
  declare preview: PrunePreview | undefined;
  /** What is wrong with the filter. */
  declare wrong: string;
  /** What the last prune did. */
  declare done: string;
  /** What was given back. */
  declare given: string;
  declare opened: readonly OpenedBundleUse[];
  /** What the last forgetting of an opened bundle did. */
  declare forgotten: string;

  #query: PruneQuery = { filter: "" };

  constructor() {
    super();
    this.usage = undefined;
    this.error = undefined;
    this.preview = undefined;
    this.wrong = "";
    this.done = "";
    this.given = "";
    this.opened = [];
    this.forgotten = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.refreshAfter(runsChanged, LIVE_MS);
  }

  show(): void {
    this.refresh();
  }

  refresh(): void {
    void this.#load();
  }

  override render(): TemplateResult {
    const { usage, error } = this;
    if (error !== undefined || usage === undefined) return this.instead(error, t("Measuring…"));
    const largest = [...usage.kinds].sort((a, b) => b.bytes - a.bytes)[0];
    const answer = largest === undefined ? "" : t("The store takes {0}, most of it {1} ({2}).", formatBytes(usage.bytes), largest.kind, formatBytes(largest.bytes));
    return html`${this.notices()}<answer-line .text=${answer}></answer-line>
      <div class="page" tabindex="0" role="region" aria-label=${t("Storage")}>
        <section><h2>${t("By kind")}</h2>${this.#kinds(usage)}</section>
        <section><h2>${t("Remove runs for good")}</h2>${this.#prune()}</section>
        <section><h2>${t("Backup")}</h2><p>${t("The whole store in one file, made while it is in use: runs, metrics, artifacts and logs.")}</p>
          <p class="buttons"><button class="button secondary" @click=${() => this.#command("backUpStore")}>${t("Back up…")}</button>
            <button class="button secondary" @click=${() => this.#command("restoreStore")}>${t("Restore…")}</button></p></section>
        <section><h2>${t("By experiment")}</h2>
          <table><thead><tr><th>${t("experiment")}</th><th class="num">${t("runs")}</th>${sizeHeads()}</tr></thead>
            <tbody>${usage.experiments.map((one) => html`<tr><td class="cut">${one.name}</td><td class="num">${formatCount(one.runs)}</td>${sizes(one)}</tr>`)}</tbody></table></section>
        <section><h2>${t("Largest runs")}</h2>${this.#runs(usage.runs)}</section>
        ${this.opened.length === 0 && this.forgotten === "" ? nothing : html`<section><h2>${t("Opened bundles")}</h2>${this.#bundles()}</section>`}
        <section class="quiet"><p>${t("Contents that several runs share are counted for each of them, and once in the whole.")}</p></section>
      </div>`;
  }

  #command(name: string): void {
    void this.act(() => rpc.request(hostCommand, { command: `touchstone.${name}`, args: [] }));
  }

  #kinds({ kinds, bytes, shrinks }: StorageUsage): TemplateResult {
    const largestFirst = [...kinds].filter((one) => one.bytes > 0).sort((a, b) => b.bytes - a.bytes);
    return html`<table class="kinds"><tbody>${largestFirst.map((one) => {
      const free = one.kind === "free in the database" && one.bytes >= WORTH_BYTES;
      return html`<tr><td>${one.kind}</td><td class="num">${formatBytes(one.bytes)}</td>
        <td class="share"><meter min="0" max=${bytes} .value=${one.bytes} aria-label=${one.kind}></meter></td>
        <td>${free ? html`<button class="link" @click=${() => this.#onGiveBack(one.bytes, shrinks)}>${shrinks ? t("Give back to the disk") : t("Give back to the disk…")}</button>` : nothing}</td></tr>`;
    })}</tbody></table>
    <div role="status">${this.given === "" ? nothing : html`<p>${this.given}</p>`}</div>`;
  }

  #runs(runs: readonly StorageRun[]): TemplateResult {
    return html`<table><thead><tr><th>${t("run")}</th>${sizeHeads()}</tr></thead>
      <tbody>${runs.map((one) => html`<tr><td class="cut"><button class="link" @click=${() => void this.act(() => rpc.request(hostOpenRun, { runId: one.runId }))}>${one.title}</button>${one.server === undefined ? nothing : html` <span class="quiet">${t("of {0}", one.server)}</span>`}${one.deleted ? html` <span class="quiet">${t("deleted")}</span>` : nothing}</td>${sizes(one)}</tr>`)}</tbody></table>`;
  }

  /** Unpacked outside of the store, once for all folders. */
  #bundles(): TemplateResult {
    return html`<p>${t("What bundles were unpacked to when they were opened for reading, whichever folder is open. It goes by itself after two weeks; the bundles stay where they are.")}</p>
      ${this.opened.length === 0 ? nothing : html`<table><thead><tr><th>${t("bundle")}</th><th class="num">${t("runs")}</th><th class="num">${t("bytes")}</th><th>${t("last opened")}</th><th></th></tr></thead>
        <tbody>${this.opened.map((one) => html`<tr><td class="cut" title=${one.file}>${one.name}</td><td class="num">${formatCount(one.runs)}</td><td class="num">${formatBytes(one.bytes)}</td><td>${new Date(one.opened).toLocaleString()}</td>
          <td><button class="link" aria-label=${t("Forget {0}", one.name)} @click=${() => this.#onForget(one)}>${t("Forget")}</button></td></tr>`)}</tbody></table>`}
      <div role="status">${this.forgotten === "" ? nothing : html`<p>${this.forgotten}</p>`}</div>`;
  }

  #onForget({ id, name }: OpenedBundleUse): void {
    void this.act(async () => {
      const { bytes } = await rpc.request(storageForget, { id });
      this.forgotten = t("{0} is forgotten: {1} are free on the disk.", name, formatBytes(bytes));
      this.refresh();
    });
  }

  #prune(): TemplateResult {
    return html`<form @submit=${this.#onPreview}>
        <input class="where" name="where" aria-label=${t("Runs for which this is true")} placeholder="metrics.val_f1 < 0.5 AND starred = false" spellcheck="false" />
        <label><input type="checkbox" name="deleted" />${t("deleted runs only")}</label>
        <button class="button secondary" type="submit">${t("Show what would go")}</button>
      </form>
      ${this.wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.wrong}</p>`}
      <div role="status">${this.done === "" ? nothing : html`<p>${this.done}</p>`}${this.preview === undefined ? nothing : this.#previewed(this.preview)}</div>`;
  }

  #previewed({ runs, models, points, bytes, running, registered, servers, first }: PrunePreview): TemplateResult {
    const kept = [running === 0 ? "" : t("{0} kept: still running.", running), registered === 0 ? "" : t("{0} kept: registered models are made of them.", registered)].filter((text) => text !== "");
    const what = runs === 0 && running + registered > 0 ? t("Nothing would go: of {0} none may.", plural(running + registered, "such run")) : runs === 0 ? t("No such run.") : t("{0} with {1} would go and free {2}.", `${plural(runs, "run")}${models === 0 ? "" : `, ${plural(models, "logged model")}`}`, plural(points, "point"), formatBytes(bytes));
    const theirs = Object.entries(servers).map(([uri, count]) => (count === 1 ? t("1 of them is of {0}: it stays there, and comes back here when that server is connected anew.", uri) : t("{0} of them are of {1}: they stay there, and come back here when that server is connected anew.", count, uri)));
    return html`<p><b>${what}</b> ${[...theirs, ...kept].join(" ")}</p>
      ${runs === 0 ? nothing : html`<p><button class="button" @click=${this.#onPrune}>${t("Remove {0}…", plural(runs, "run"))}</button></p>${this.#runs(first)}`}`;
  }

  #onGiveBack(bytes: number, shrinks: boolean): void {
    void this.act(async () => {
      const result = await rpc.request(hostGiveBack, { bytes, shrinks });
      if (result === null) return;
      this.given = t("The database is {0} smaller.", formatBytes(result.bytes));
      this.refresh();
    });
  }

  #onPreview = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget instanceof HTMLFormElement ? new FormData(event.currentTarget) : new FormData();
    this.#query = { filter: String(form.get("where") ?? ""), deletedOnly: form.get("deleted") !== null };
    this.done = "";
    void this.#loadPreview();
  };

  async #loadPreview(): Promise<void> {
    try {
      this.preview = await rpc.request(storagePreview, this.#query);
      this.wrong = "";
    } catch (error) {
      this.preview = undefined;
      const { message, hint } = errorShape(error);
      this.wrong = [message, hint ?? ""].join(" ").trim();
    }
  }

  #onPrune = (): void => {
    const { preview } = this;
    if (preview === undefined) return;
    void this.act(async () => {
      const gone = await rpc.request(hostPrune, { ...this.#query, digest: preview.digest, runs: preview.runs, bytes: preview.bytes });
      if (gone === null) return;
      this.preview = undefined;
      const later = Math.max(0, preview.bytes - gone.bytes);
      this.done = t("Removed {0}; {1} are free on the disk.", plural(gone.runs, "run"), formatBytes(gone.bytes + gone.database));
      if (later > 0) this.done += ` ${t("{0} more go with the next touchstone gc, an hour after they were stored.", formatBytes(later))}`;
      this.refresh();
    });
  };

  async #load(): Promise<void> {
    try {
      const [usage, { bundles }] = await Promise.all([rpc.request(storageUsage, { runs: SHOWN }), rpc.request(storageOpened, null)]);
      this.usage = usage;
      this.opened = bundles;
      this.error = undefined;
    } catch (error) {
      if (!isCancelled(error)) this.error = errorShape(error);
    }
  }
}

function sizeHeads(): TemplateResult {
  return html`<th class="num">${t("bytes")}</th><th class="num">${t("artifacts")}</th><th class="num">${t("logs")}</th><th class="num">${t("points")}</th>`;
}

function sizes({ bytes, artifacts, logs, points }: StorageOf): TemplateResult {
  return html`<td class="num">${formatBytes(bytes)}</td><td class="num">${formatBytes(artifacts)}</td><td class="num">${formatBytes(logs)}</td><td class="num">${formatCount(points)}</td>`;
}

customElements.define("touchstone-storage", StoragePanel);
