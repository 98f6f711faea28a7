import { TouchstoneError } from "../api/tokens.ts";
import { directoryBytes } from "../platform/directories.ts";

const MB = 1_000_000;
/** From this part of the quota on a person is warned. */
const WARN_AT = 0.9;

/** What a person allows artifacts to take, and what they take. Code and patches of runs are never refused; they count from the next walk (the engine's start) on. */
export class Quota {
  readonly #folder: string;
  #bytes: Promise<number> | null = null;
  #changed = 0;
  #limit: number | null = null;
  #warned = "";
  #listener: (warning: string | null) => void = () => undefined;

  /** @param folder what counts. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bytes; null for none. */
  get limit(): number | null {
    return this.#limit;
  }

  async set(bytes: number | null): Promise<void> {
    this.#limit = bytes;
    await this.#look();
  }

  /** Told in words when artifacts come near the quota, and null when they are far from it again. */
  onWarning(listener: (warning: string | null) => void): void {
    this.#listener = listener;
  }

  /** Bytes on the disk: walked once, kept up from then on. */
  async used(): Promise<number> {
    const before = this.#changed;
    this.#bytes ??= directoryBytes(this.#folder).then((bytes) => bytes - before);
    return (await this.#bytes) + this.#changed;
  }

  /** What was stored or freed. */
  async count(bytes: number): Promise<void> {
    this.#changed += bytes;
    await this.#look();
  }

  /** Counts what is read through it. @throws (while it is read) `ARTIFACT_QUOTA` as soon as it is too much; `undo` takes its bytes off again. */
  async meter(path: string, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<{ readonly content: AsyncIterable<Uint8Array>; undo(): void }> {
    const limit = this.#limit;
    // Where nothing is limited, nothing is walked.
    const room = limit === null ? () => Number.POSITIVE_INFINITY : await this.#room(limit);
    let counted = 0;
    const count = (bytes: number): void => {
      counted += bytes;
      this.#changed += bytes;
    };
    async function* metered(): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        // Others store at the same time: what they counted is no room any more.
        const left = room();
        if (chunk.length > left && limit !== null) throw refusal(path, limit - left - counted, limit);
        count(chunk.length);
        yield chunk;
      }
    }
    return { content: metered(), undo: () => count(-counted) };
  }

  /** What may still be stored, asked at any moment. */
  async #room(limit: number): Promise<() => number> {
    const walked = (await this.used()) - this.#changed;
    return () => limit - walked - this.#changed;
  }

  async #look(): Promise<void> {
    const limit = this.#limit;
    const used = limit === null ? 0 : await this.used();
    const warning = limit === null || used < limit * WARN_AT ? "" : `Artifacts take ${(used / MB).toFixed(1)} of the ${limit / MB} MB that touchstone.artifacts.quota allows.`;
    if ((warning === "") === (this.#warned === "")) return;
    this.#warned = warning;
    this.#listener(warning === "" ? null : warning);
  }

  /** The warning of this moment. */
  get warning(): string | null {
    return this.#warned === "" ? null : this.#warned;
  }
}

function refusal(path: string, used: number, limit: number): TouchstoneError {
  return new TouchstoneError({
    code: "ARTIFACT_QUOTA",
    message: `${path} is not stored: artifacts take ${(used / MB).toFixed(1)} of the ${limit / MB} MB that touchstone.artifacts.quota allows, and it does not fit.`,
    hint: "Raise the setting, or delete runs' artifacts and free them with touchstone gc.",
  });
}
