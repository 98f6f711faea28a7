import * as vscode from "vscode";
import { launchInput, launchLog, launchOutput, launchResize, launchStop, launchUnfollow, type LogChunk } from "../../engine/api/launches.ts";
import { DisposableStore } from "../disposables.ts";
import type { EngineLink } from "../engine/link.ts";

/**
 * A view on a launch's log: what was printed before it opened, then what comes. Keys, resizing and Ctrl-C pass
 * through to the script. Closing it leaves the training alone; re-attaching after a reload reads from the start.
 */
export class LaunchTerminal implements vscode.Pseudoterminal {
  readonly #link: EngineLink;
  readonly #launchId: string;
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number | void>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  readonly #disposables = new DisposableStore();
  readonly #decoder = new TextDecoder();
  #position = 0;
  #reading: Promise<void> | null = null;
  #ended = false;

  constructor(link: EngineLink, launchId: string) {
    this.#link = link;
    this.#launchId = launchId;
  }

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    this.#disposables.add(this.#link.on(launchOutput, (chunk) => this.#live(chunk)));
    // After the engine came back, what was printed meanwhile is read from the log.
    this.#disposables.add(this.#link.onState((state) => (state === "connected" ? this.#catchUp() : undefined)));
    if (dimensions !== undefined) this.setDimensions(dimensions);
    this.#catchUp();
  }

  setDimensions(dimensions: vscode.TerminalDimensions): void {
    this.#ignore(this.#link.request(launchResize, { launchId: this.#launchId, cols: dimensions.columns, rows: dimensions.rows }));
  }

  handleInput(data: string): void {
    if (this.#ended) return;
    // Ctrl-C goes to the script as a key: a shell's person expects KeyboardInterrupt, not a kill.
    this.#ignore(this.#link.request(launchInput, { launchId: this.#launchId, data }));
  }

  close(): void {
    this.#ignore(this.#link.request(launchUnfollow, { launchId: this.#launchId }));
    this.#disposables.dispose();
  }

  stop(): Thenable<null> {
    return this.#link.request(launchStop, { launchId: this.#launchId });
  }

  #live(chunk: LogChunk): void {
    if (chunk.launchId !== this.#launchId || this.#reading !== null) return;
    if (chunk.offset > this.#position) this.#catchUp();
    else this.#show(chunk);
  }

  #catchUp(): void {
    if (this.#reading !== null || this.#ended) return;
    this.#reading = this.#readAll().finally(() => (this.#reading = null));
    this.#ignore(this.#reading);
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const chunk = await this.#link.request(launchLog, { launchId: this.#launchId, offset: this.#position, follow: true });
      if (chunk.skipped > 0) {
        this.#write.fire(`\r\n\x1b[2m${vscode.l10n.t("… {0} bytes in the middle are not kept …", chunk.skipped)}\x1b[0m\r\n`);
        this.#position = chunk.offset;
      }
      this.#show(chunk);
      if (chunk.data.length === 0 || this.#ended) return;
    }
  }

  #show(chunk: LogChunk): void {
    const fresh = chunk.data.subarray(Math.max(0, this.#position - chunk.offset));
    this.#position = Math.max(this.#position, chunk.offset + chunk.data.length);
    // Output of pipes has bare newlines; a terminal needs the carriage return too.
    if (fresh.length > 0) this.#write.fire(this.#decoder.decode(fresh, { stream: true }).replace(/(?<!\r)\n/g, "\r\n"));
    if (chunk.ended && !this.#ended) {
      this.#ended = true;
      this.#write.fire(`\r\n\x1b[2m${vscode.l10n.t("The run has ended; this is its log.")}\x1b[0m\r\n`);
    }
  }

  /** A lost engine is shown by the status bar; the terminal catches up when it is back. */
  #ignore(promise: Promise<unknown>): void {
    promise.catch(() => undefined);
  }
}
