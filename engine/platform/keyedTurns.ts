/** Work that goes on one after the other where it is about the same thing. */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does work once all that was given before it for this key has ended, however it ended. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const own = (this.#last.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
    this.#last.set(key, own);
    try {
      return await own;
    } finally {
      if (this.#last.get(key) === own) this.#last.delete(key);
    }
  }
}
