import { existsSync } from "node:fs";
import * as vscode from "vscode";
import type { EventToken } from "../../engine/api/tokens.ts";
import { hostEngine, hostSubject, hostTitle } from "../../engine/api/host.ts";
import { DisposableStore } from "../disposables.ts";
import type { EngineLink } from "../engine/link.ts";
import type { Engines } from "../engine/engines.ts";
import { panelHtml } from "./html.ts";
import { type HostHandler, Relay } from "./relay.ts";
import { refuseUntrusted } from "./trust.ts";

/** What a panel shows: plain data, kept in the webview's state so that a reload restores it. */
export type Subject = Readonly<Record<string, unknown>>;

export interface PanelKind {
  /** The webview's bundle (`webviews/<id>`), its element (`<touchstone-<id>>`) and its view type (`touchstone.<id>`). */
  readonly id: string;
  /** A codicon that esbuild.mjs copies to dist/icons. */
  readonly icon: string;
  /** Panels with equal keys are one panel. */
  key(subject: Subject): string;
  title(subject: Subject): string;
  /** Requests that the page may make of the engine. */
  readonly requests: readonly { readonly method: string }[];
  /** Those of them that read files of the folder: in a folder that is not trusted they are refused. */
  readonly readsFiles?: readonly { readonly method: string }[];
  readonly events: readonly { readonly event: string }[];
  /** Files under these folders may be loaded by the page (images to label, artifacts). */
  resourceRoots?(subject: Subject, link: EngineLink): readonly vscode.Uri[];
  /** What this kind answers beside the shared `host/…` requests. */
  host?(panel: OpenPanel): ReadonlyMap<string, HostHandler>;
}

export interface OpenPanel {
  readonly kind: PanelKind;
  readonly webview: vscode.Webview;
  readonly link: EngineLink;
  readonly subject: Subject;
  /** Shows something else in the same panel. */
  show(subject: Subject): void;
  /** Sends an event to the page, also one of the kind's own. */
  send<P>(token: EventToken<P>, params: P): void;
  reveal(): void;
}

export type SharedHandlers = (panel: OpenPanel) => ReadonlyMap<string, HostHandler>;

/** Opens, finds, restores and closes panels. One panel per kind and key. */
export class Panels implements vscode.Disposable {
  readonly #disposables = new DisposableStore();
  readonly #kinds = new Map<string, PanelKind>();
  readonly #open = new Map<string, PanelInstance>();
  readonly #context: vscode.ExtensionContext;
  readonly #engines: Engines;
  readonly #shared: SharedHandlers;

  constructor(context: vscode.ExtensionContext, engines: Engines, shared: SharedHandlers) {
    this.#context = context;
    this.#engines = engines;
    this.#shared = shared;
  }

  register(kind: PanelKind): void {
    this.#kinds.set(kind.id, kind);
    this.#disposables.add(
      vscode.window.registerWebviewPanelSerializer(viewType(kind.id), {
        deserializeWebviewPanel: async (panel, state: unknown) => {
          const subject = subjectOf(state);
          const link = subject === null ? undefined : this.#engines.forFolder(String(subject["folder"]));
          // A bundle that was unpacked long ago is gone.
          if (subject === null || link === undefined || !existsSync(link.folder)) panel.dispose();
          else this.#adopt(kind, panel, subject, link);
        },
      }),
    );
  }

  /** Opens the panel beside the code, or reveals the one that already shows this. */
  open(id: string, subject: Subject, link: EngineLink, column: vscode.ViewColumn = columnForPanel()): OpenPanel {
    const kind = this.#kinds.get(id);
    if (kind === undefined) throw new Error(`No panel ${id} is registered.`);
    const full = fullSubject(subject, link);
    const known = this.#open.get(identity(kind, full));
    if (known !== undefined) {
      known.show(full);
      known.reveal();
      return known;
    }
    const panel = vscode.window.createWebviewPanel(viewType(id), titleOf(kind, full), { viewColumn: column, preserveFocus: false }, { enableScripts: true });
    return this.#adopt(kind, panel, full, link);
  }

  /** Shows this in a page that somebody else opened: the editor of a file. */
  adopt(id: string, panel: vscode.WebviewPanel, subject: Subject, link: EngineLink): OpenPanel {
    const kind = this.#kinds.get(id);
    if (kind === undefined) throw new Error(`No panel ${id} is registered.`);
    return this.#adopt(kind, panel, fullSubject(subject, link), link);
  }

  /** The panel that stands in front in the active group of editors. */
  get active(): OpenPanel | undefined {
    return [...this.#open.values()].find((panel) => panel.active);
  }

  /** The open panels of one kind; a table follows the active script through this. */
  ofKind(id: string): readonly OpenPanel[] {
    return [...this.#open.values()].filter((panel) => panel.kind.id === id);
  }

  #adopt(kind: PanelKind, panel: vscode.WebviewPanel, subject: Subject, link: EngineLink): OpenPanel {
    const dist = vscode.Uri.joinPath(this.#context.extensionUri, "dist");
    const instance = new PanelInstance(kind, panel, subject, link, dist, this.#shared, (before, after) => {
      this.#open.delete(before);
      if (after !== null) this.#open.set(after, instance);
    });
    this.#open.set(identity(kind, subject), instance);
    return instance;
  }

  dispose(): void {
    for (const panel of [...this.#open.values()]) panel.dispose();
    this.#disposables.dispose();
  }
}

class PanelInstance implements OpenPanel, vscode.Disposable {
  readonly kind: PanelKind;
  readonly link: EngineLink;
  subject: Subject;
  readonly #panel: vscode.WebviewPanel;
  readonly #relay: Relay;
  readonly #disposables = new DisposableStore();
  readonly #moved: (before: string, after: string | null) => void;

  constructor(
    kind: PanelKind,
    panel: vscode.WebviewPanel,
    subject: Subject,
    link: EngineLink,
    dist: vscode.Uri,
    shared: SharedHandlers,
    moved: (before: string, after: string | null) => void,
  ) {
    this.kind = kind;
    this.link = link;
    this.subject = subject;
    this.#panel = panel;
    this.#moved = moved;
    const icon = (theme: string): vscode.Uri => vscode.Uri.joinPath(dist, "icons", theme, `${kind.icon}.svg`);
    panel.iconPath = { light: icon("light"), dark: icon("dark") };
    panel.webview.options = { enableScripts: true, localResourceRoots: [dist, ...(kind.resourceRoots?.(subject, link) ?? [])] };
    const title: [string, HostHandler] = [hostTitle.method, async (params) => this.#retitle(params)];
    this.#relay = this.#disposables.add(
      new Relay({
        webview: panel.webview,
        link,
        methods: new Set(kind.requests.map((token) => token.method)),
        guard: (method) => refuseUntrusted(kind, method),
        events: kind.events.map((token) => token.event),
        host: new Map([...shared(this), title, ...(kind.host?.(this) ?? [])]),
        onReady: () => this.#ready(),
      }),
    );
    this.#disposables.add(link.hold());
    this.#disposables.add(link.onState(() => this.#engineState()));
    this.#disposables.add(panel.onDidDispose(() => this.dispose()));
    panel.webview.html = panelHtml(panel.webview, dist, kind.id, titleOf(kind, subject));
  }

  get webview(): vscode.Webview {
    return this.#panel.webview;
  }

  get active(): boolean {
    return this.#panel.active;
  }

  show(subject: Subject): void {
    const before = identity(this.kind, this.subject);
    this.subject = subject;
    this.#panel.title = titleOf(this.kind, subject);
    this.#moved(before, identity(this.kind, subject));
    this.send(hostSubject, { panel: this.kind.id, subject });
  }

  send<P>(token: EventToken<P>, params: P): void {
    this.#relay.send(token.event, params);
  }

  reveal(): void {
    this.#panel.reveal(undefined, false);
  }

  #ready(): void {
    this.#engineState();
    this.send(hostSubject, { panel: this.kind.id, subject: this.subject });
  }

  #engineState(): void {
    const state = this.link.state === "idle" ? "connecting" : this.link.state;
    this.send(hostEngine, { state, message: this.link.message });
  }

  async #retitle(params: unknown): Promise<null> {
    if (typeof params === "object" && params !== null && "title" in params) this.#panel.title = ofBundle(String(params.title), this.subject);
    return null;
  }

  dispose(): void {
    this.#moved(identity(this.kind, this.subject), null);
    this.#disposables.dispose();
    this.#panel.dispose();
  }
}

/** Beside the code; but from one panel to the next in the same column, so that a walk through runs does not split the window. */
function columnForPanel(): vscode.ViewColumn {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const fromPanel = (input instanceof vscode.TabInputWebview || input instanceof vscode.TabInputCustom) && input.viewType.includes("touchstone.");
  return fromPanel ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
}

function fullSubject(subject: Subject, { folder, bundle }: EngineLink): Subject {
  return { ...subject, folder, ...(bundle === null ? {} : { bundle: bundle.name }) };
}

function titleOf(kind: PanelKind, subject: Subject): string {
  return ofBundle(kind.title(subject), subject);
}

/** What a bundle holds is told from the folder's own in its tab too. */
function ofBundle(title: string, { bundle }: Subject): string {
  return typeof bundle === "string" ? vscode.l10n.t("{0} of {1}", title, bundle) : title;
}

function viewType(id: string): string {
  return `touchstone.${id}`;
}

function identity(kind: PanelKind, subject: Subject): string {
  return `${kind.id}\n${String(subject["folder"])}\n${kind.key(subject)}`;
}

/** The webview keeps `{ subject }` in its state; anything else is from an older version and is dropped. */
function subjectOf(state: unknown): Subject | null {
  if (typeof state !== "object" || state === null || !("subject" in state)) return null;
  const subject = state.subject;
  // SAFETY: a non-null object is a record of unknowns; every reader checks the fields that it uses.
  return typeof subject === "object" && subject !== null && "folder" in subject ? subject : null;
}
