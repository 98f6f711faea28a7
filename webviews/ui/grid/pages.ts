import type { GridRow, GridSource } from "./column.ts";

const PAGE = 100;
const KEPT_PAGES = 40;

interface Page<Row> {
  rows: readonly Row[];
  /** Shown until the newer answer is here, so that a refresh does not flicker. */
  stale: boolean;
  loading: AbortController | null;
}

/** The rows that a grid has seen, fetched by page as they come into sight. */
export class PageCache<Row extends GridRow> {
  readonly #source: GridSource<Row>;
  readonly #changed: () => void;
  readonly #failed: (error: unknown) => void;
  readonly #pages = new Map<number, Page<Row>>();

  constructor(source: GridSource<Row>, changed: () => void, failed: (error: unknown) => void) {
    this.#source = source;
    this.#changed = changed;
    this.#failed = failed;
  }

  /** The row at an index, or undefined while it is not here. */
  at(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.rows[index % PAGE];
  }

  /** Where a loaded row stands, or -1. */
  indexOf(id: string): number {
    for (const [number, page] of this.#pages) {
      const place = page.rows.findIndex((row) => row.id === id);
      if (place !== -1) return number * PAGE + place;
    }
    return -1;
  }

  /** Fetches what is missing or stale of [from, to) and lets go of pages that lie far away. */
  want(from: number, to: number): void {
    const last = Math.floor((Math.min(to, this.#source.count) - 1) / PAGE);
    const first = Math.floor(from / PAGE);
    for (const [number, page] of this.#pages) {
      if (page.loading !== null && (number < first - 1 || number > last + 1)) this.#abandon(number, page);
    }
    for (let number = first; number <= last; number += 1) {
      const page = this.#pages.get(number);
      if (page === undefined || (page.stale && page.loading === null)) void this.#fetch(number, page);
    }
    while (this.#pages.size > KEPT_PAGES) {
      const farthest = [...this.#pages.keys()].reduce((far, number) => (Math.abs(number - first) > Math.abs(far - first) ? number : far));
      this.#pages.delete(farthest);
    }
  }

  /** Rows [from, to), waiting for those that are not here. */
  async all(from: number, to: number, signal: AbortSignal): Promise<readonly Row[]> {
    const here = Array.from({ length: to - from }, (_, place) => this.at(from + place));
    const loaded = here.filter((row) => row !== undefined);
    return loaded.length === here.length ? loaded : this.#source.rows(from, to, signal);
  }

  /** Puts a changed row in the place of the one with its id; false if that is not here. */
  patch(id: string, change: (row: Row) => Row): boolean {
    for (const page of this.#pages.values()) {
      const place = page.rows.findIndex((row) => row.id === id);
      const row = page.rows[place];
      if (row === undefined) continue;
      page.rows = page.rows.with(place, change(row));
      return true;
    }
    return false;
  }

  /** Keeps what another cache has seen as stale rows: what the screen shows until the new source has answered. */
  inherit(other: PageCache<Row>): void {
    for (const [number, page] of other.#pages) this.#pages.set(number, { rows: page.rows, stale: true, loading: null });
    other.close();
  }

  /** Nobody waits any more. */
  close(): void {
    for (const page of this.#pages.values()) page.loading?.abort();
    this.#pages.clear();
  }

  #abandon(number: number, page: Page<Row>): void {
    page.loading?.abort();
    if (page.rows.length === 0) this.#pages.delete(number);
    else page.loading = null;
  }

  async #fetch(number: number, before: Page<Row> | undefined): Promise<void> {
    const loading = new AbortController();
    const page: Page<Row> = { rows: before?.rows ?? [], stale: true, loading };
    this.#pages.set(number, page);
    try {
      const from = number * PAGE;
      const rows = await this.#source.rows(from, Math.min(from + PAGE, this.#source.count), loading.signal);
      if (loading.signal.aborted) return;
      page.rows = rows;
      page.stale = false;
      page.loading = null;
      this.#changed();
    } catch (error) {
      if (loading.signal.aborted) return;
      this.#pages.delete(number);
      this.#failed(error);
    }
  }
}
