import type { RegisteredModelSource, VersionSource } from "../importers/records.ts";
import type { ImportedItem } from "../store/operations/imports.ts";
import { dropGone, isKnown, isTheirs, type Mirroring } from "./mirrored.ts";
import { REGISTERED_TAG, registeredMark, VERSION_TAG, versionMark } from "./pushVersions.ts";
import { remoteRegistered, remoteVersions } from "./readRegistry.ts";

/** Records that are stored together; a registered model goes with all of its versions. */
const TOGETHER = 500;

/** The registered models of a server with their versions. A name that is somebody's own here is theirs: nothing of the server stands under it. */
export class RegistryMirror {
  readonly #mirroring: Mirroring;

  constructor(mirroring: Mirroring) {
    this.#mirroring = mirroring;
  }

  /** All of them. Gives what is not shown here, in words. */
  async everything(signal: AbortSignal): Promise<readonly string[]> {
    const { server } = this.#mirroring;
    const models = new Map<string, RegisteredModelSource>();
    const versions: VersionSource[] = [];
    for (const prompts of [false, true]) {
      for await (const page of remoteRegistered(server, signal, prompts)) for (const one of page) models.set(one.name, one);
      for await (const page of remoteVersions(server, signal, prompts)) versions.push(...page);
    }
    const notShown = await this.#take([...models.values()], versions);
    const named = (key: string): readonly [name: string, version: string] => [key.slice(0, key.lastIndexOf("/")), key.slice(key.lastIndexOf("/") + 1)];
    await dropGone(this.#mirroring, "registered", new Set(models.keys()), (name) => server.get("registered-models/get", { name }, signal));
    await dropGone(this.#mirroring, "version", new Set(versions.map((one) => itemOf(one).key)), (key) => {
      const [name, version] = named(key);
      return server.get("model-versions/get", { name, version }, signal);
    });
    return notShown;
  }

  /** Those that were changed last. A tag or an alias of another one is seen with the next look at everything. */
  async news(signal: AbortSignal): Promise<void> {
    const { server } = this.#mirroring;
    const models: RegisteredModelSource[] = [];
    for await (const page of remoteRegistered(server, signal)) {
      models.push(...page);
      if (page.every((one) => !this.#isNew(one))) break;
    }
    const versions: VersionSource[] = [];
    for await (const page of remoteVersions(server, signal)) {
      versions.push(...page);
      if (page.every((one) => !this.#isNew(this.#placed(one)))) break;
    }
    await this.#take(models, versions);
  }

  #isNew(one: RegisteredModelSource | VersionSource): boolean {
    return !isKnown(this.#mirroring, itemOf(one), one) && this.#isFree(one.name);
  }

  /** Whether nobody here has a registered model of their own of that name. */
  #isFree(name: string): boolean {
    return this.#mirroring.store.read.registry.byName(name) === undefined || isTheirs(this.#mirroring, { kind: "registered", key: name });
  }

  async #take(models: readonly RegisteredModelSource[], versions: readonly VersionSource[]): Promise<readonly string[]> {
    const { store, write } = this.#mirroring;
    const notShown: string[] = [];
    const byName = new Map<string, VersionSource[]>();
    for (const one of versions) {
      const list = byName.get(one.name) ?? [];
      byName.set(one.name, list);
      list.push(one);
    }
    const all = store.read.registry.all();
    const ours = new Set(all.filter(({ name }) => !isTheirs(this.#mirroring, { kind: "registered", key: name })).map(registeredMark));
    const names = new Map<string, RegisteredModelSource | undefined>([...[...byName.keys()].map((name) => [name, undefined] as const), ...models.map((model) => [model.name, model] as const)]);
    /** Of versions here; they are looked at only where a registered model of ours stands there. */
    let marks: ReadonlySet<string> | null = null;
    let records: (RegisteredModelSource | VersionSource)[] = [];
    for (const [name, model] of names) {
      const own = byName.get(name) ?? [];
      const isPushed = ours.has(tagOf(model, REGISTERED_TAG) ?? "");
      if (isPushed || !this.#isFree(name)) {
        const pushed = (marks ??= new Set(store.read.registry.versions().map(versionMark)));
        if (!isPushed || own.some((one) => !pushed.has(tagOf(one, VERSION_TAG) ?? ""))) notShown.push(isPushed ? `versions of the registered model ${name} that others made on the server: it was sent there from here` : `the registered model ${name} of the server: this folder has one of its own of that name`);
        continue;
      }
      records.push(...(model === undefined ? [] : [model]), ...own.map((one) => this.#placed(one)));
      if (records.length < TOGETHER) continue;
      await write(records);
      records = [];
    }
    await write(records);
    return notShown;
  }

  /** A version of a run or a logged model that was pushed from here is one of ours. */
  #placed(version: VersionSource): VersionSource {
    const { pushed } = this.#mirroring;
    const here = (id: string | null): string | null => (id === null ? null : (pushed.get(id) ?? id));
    const [run, model] = [here(version.run), here(version.model)];
    if (run === version.run && model === version.model) return version;
    const within = version.run === null ? undefined : (version.source.split(`/${version.run}/artifacts/`)[1] ?? version.source.split(`runs:/${version.run}/`)[1]);
    const storage = model !== null ? `models:/${model}` : run === null || within === undefined ? null : `runs:/${run}/${within}`;
    return { ...version, run, model, storage };
  }
}

function itemOf(one: RegisteredModelSource | VersionSource): ImportedItem {
  return one.k === "version" ? { kind: "version", key: `${one.name}/${one.version}` } : { kind: "registered", key: one.name };
}

function tagOf(one: RegisteredModelSource | VersionSource | undefined, key: string): string | undefined {
  return one?.tags.find((tag) => tag.key === key)?.value;
}
