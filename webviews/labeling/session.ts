import {
  labelsNext,
  labelsOpen,
  labelsUndo,
  labelsVote,
  type LabelItem,
  type LabelProgress,
  type LabelQueue,
  type LabelSetView,
  type LabelVote,
  type VoteRequest,
} from "../../engine/api/labeling.ts";
import { TouchstoneError } from "../../engine/api/tokens.ts";
import type { Rpc } from "../ui/rpc.ts";

/** Items kept ahead of the one on the screen, so that the next paint never waits; asked for anew where half of them are gone: once in 20 answers. */
export const AHEAD = 40;
/** Pictures that are decoded ahead of the one on the screen. */
const PICTURES = 8;

export interface SessionOptions {
  readonly rpc: Pick<Rpc, "request">;
  /** Something on the screen changed. */
  readonly changed: () => void;
  /** Items that will be shown soon: their pictures can be loaded. */
  readonly prefetch: (items: readonly LabelItem[]) => void;
  readonly now: () => number;
  readonly newId: () => string;
  /** Resolved when the engine may be there again. */
  readonly engineBack: () => Promise<void>;
}

/** How the last answer stands: `waiting` while the engine is away and the answer is sent again and again. */
export type Saving = "none" | "saving" | "waiting" | "saved";

/**
 * One person's way through a label set: the item on the screen, those ahead, and answers that are on disk before the
 * next item comes. While an answer is being saved no other is taken, so that none is given to an item unseen.
 */
export class Session {
  readonly #options: SessionOptions;
  view: LabelSetView | null = null;
  queue: LabelQueue = "open";
  current: LabelItem | null = null;
  /** The answer that undo has just taken back from the item on the screen. */
  undone: LabelVote | null = null;
  note = "";
  saving: Saving = "none";
  last: LabelVote | null = null;
  /** The queue has no item left. */
  finished = false;
  #set = "";
  #ahead: LabelItem[] = [];
  #shown = 0;
  #fetching: Promise<void> | null = null;
  #generation = 0;
  /** The engine had fewer items than were asked for: all that are left are kept here. */
  #exhausted = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Opens a set, or reads it again: what git brought, a new class. The item on the screen stays where it can. */
  async open(set: string): Promise<void> {
    const view = await this.#options.rpc.request(labelsOpen, { set });
    const another = set !== this.#set || view.annotator !== this.view?.annotator;
    this.#set = set;
    this.view = view;
    if (another || (this.current === null && !this.finished)) await this.go(another ? "open" : this.queue);
    else this.#options.changed();
  }

  /** Starts a queue from its first item. */
  async go(queue: LabelQueue): Promise<void> {
    this.#generation++;
    this.queue = queue;
    this.#ahead = [];
    this.#fetching = null;
    this.#exhausted = false;
    this.current = null;
    this.undone = null;
    this.note = "";
    this.finished = false;
    if (this.view !== null && this.view.annotator !== null) await this.#advance(null);
    else this.#options.changed();
  }

  /** The item on the screen was painted: its time starts, and there is time to look ahead. */
  painted(): void {
    this.#shown = this.#options.now();
    this.#options.prefetch(this.#ahead.slice(0, PICTURES));
    const after = this.#ahead.at(-1) ?? this.current;
    if (after === null || this.#ahead.length > AHEAD / 2 || this.#fetching !== null || this.#exhausted) return;
    // A failure here shows itself when the items are needed.
    void this.#fetch(after.place).catch(() => undefined);
  }

  /** Gives an answer; resolved once it is on disk and the next item is there. Fails where it could not be saved: the item stays. */
  async answer(state: VoteRequest["state"], classId: string | null = null): Promise<void> {
    const item = this.current;
    if (item === null || this.saving === "saving" || this.saving === "waiting") return;
    const note = this.note.trim();
    const vote: VoteRequest = { id: this.#options.newId(), item: item.item, class: classId, state, shown: this.#shown, ...(note === "" ? {} : { note }) };
    const stored = await this.#save(() => this.#options.rpc.request(labelsVote, { set: this.#set, vote }));
    this.last = stored.vote;
    this.#progress(stored.progress);
    await this.#advance(item.place);
  }

  /** Accepts the suggestion, where one is shown. */
  async accept(): Promise<void> {
    const suggestion = this.current?.suggestion;
    if (suggestion) await this.answer("labelled", suggestion.class);
  }

  /** Returns to the item of the last answer; false where there is none. */
  async undo(): Promise<boolean> {
    if (this.saving === "saving" || this.saving === "waiting") return true;
    const id = this.#options.newId();
    const { item, undone, progress } = await this.#save(() => this.#options.rpc.request(labelsUndo, { set: this.#set, id }));
    this.#progress(progress);
    this.last = null;
    if (item === null) {
      this.#options.changed();
      return false;
    }
    this.#ahead = this.#ahead.filter((one) => one.item !== item.item);
    if (this.current !== null && this.current.item !== item.item) this.#ahead.unshift(this.current);
    this.#show(item, undone);
    return true;
  }

  /** What the engine says without being asked: someone else's vote, another window's. */
  progress(progress: LabelProgress): void {
    this.#progress(progress);
    this.#options.changed();
  }

  async #save<T>(ask: () => Promise<T>): Promise<T> {
    this.#saving("saving");
    try {
      for (;;) {
        try {
          const result = await ask();
          this.saving = "saved";
          return result;
        } catch (error) {
          // Whether it took effect is not known; the id makes a second time harmless.
          if (!(error instanceof TouchstoneError) || !["ENGINE_GONE", "ENGINE_UNREACHABLE", "TIMEOUT"].includes(error.shape.code)) throw error;
          this.#saving("waiting");
          await this.#options.engineBack();
        }
      }
    } catch (error) {
      this.#saving("none");
      throw error;
    }
  }

  /** Shows the next item; the one behind it is asked for only where none is kept. */
  async #advance(after: number | null): Promise<void> {
    const generation = this.#generation;
    if (this.#ahead.length === 0) await this.#fetching;
    if (this.#ahead.length === 0 && generation === this.#generation) await this.#fetch(after);
    if (generation !== this.#generation) return;
    const next = this.#ahead.shift();
    if (next === undefined) {
      this.current = null;
      this.finished = true;
      this.#options.changed();
      return;
    }
    this.#show(next, null);
  }

  #show(item: LabelItem, undone: LabelVote | null): void {
    this.current = item;
    this.undone = undone;
    this.note = undone?.note ?? item.mine?.note ?? "";
    this.finished = false;
    this.#options.changed();
  }

  #fetch(after: number | null): Promise<void> {
    const generation = this.#generation;
    const fetching = this.#options.rpc.request(labelsNext, { set: this.#set, queue: this.queue, after, count: AHEAD + 1 }).then(({ items }) => {
      if (generation !== this.#generation) return;
      this.#exhausted = items.length <= AHEAD;
      const known = new Set([this.current?.item, ...this.#ahead.map((one) => one.item)]);
      // What is looked at again is gone through once: a conflict may stay one.
      this.#ahead.push(...items.filter((one) => !known.has(one.item) && (this.queue === "open" || after === null || one.place > after)));
      this.#options.prefetch(this.#ahead.slice(0, PICTURES));
    });
    this.#fetching = fetching.finally(() => {
      if (generation === this.#generation) this.#fetching = null;
    });
    return this.#fetching;
  }

  #progress(progress: LabelProgress): void {
    if (this.view !== null) this.view = { ...this.view, progress };
  }

  #saving(saving: Saving): void {
    this.saving = saving;
    this.#options.changed();
  }
}
