import type { TagValue } from "../operations.ts";

/** Throws `REGISTERED_EXISTS`. */
export interface RegisteredCreate {
  readonly name: string;
  readonly time: number;
  readonly description: string | null;
  readonly tags: readonly TagValue[];
  readonly request?: string;
}

/** What is absent stays as it is. Only a name or a description is a change of the model's time. Throws `REGISTERED_NOT_FOUND`, `REGISTERED_EXISTS`, `VERSION_NOT_FOUND`. */
export interface RegisteredUpdate {
  readonly name: string;
  readonly time: number;
  readonly newName?: string;
  readonly description?: string | null;
  readonly setTags?: readonly TagValue[];
  /** One that is not there is no error. */
  readonly deleteTags?: readonly string[];
  readonly setAliases?: readonly { readonly alias: string; readonly version: number }[];
  readonly deleteAliases?: readonly string[];
}

/** Makes the next version of a registered model. Throws `REGISTERED_NOT_FOUND`. */
export interface VersionCreate {
  readonly name: string;
  readonly time: number;
  readonly source: string;
  /** Where the files are. */
  readonly location: string;
  readonly runId: string | null;
  readonly runLink: string | null;
  readonly description: string | null;
  /** The logged model of this store that it was made of: its tag `mlflow.modelVersions` names the version. */
  readonly modelId: string | null;
  readonly tags: readonly TagValue[];
  readonly request?: string;
}

/** What is absent stays as it is. Only description and stage change the version's time, a stage also the model's. Throws `VERSION_NOT_FOUND`. */
export interface VersionUpdate {
  readonly name: string;
  readonly version: number;
  readonly time: number;
  readonly description?: string | null;
  readonly stage?: string;
  /** The other versions in that stage go to Archived. */
  readonly archiveOthers?: boolean;
  readonly setTags?: readonly TagValue[];
  /** One that is not there is no error. */
  readonly deleteTags?: readonly string[];
}

/** What is kept of a version. Times are UTC milliseconds. */
export interface VersionFields {
  readonly version: number;
  readonly created: number;
  readonly updated: number;
  readonly description: string | null;
  readonly user: string | null;
  readonly stage: string;
  readonly source: string;
  /** Where its files are: the source with `models:/` followed. */
  readonly location: string;
  readonly runId: string | null;
  readonly runLink: string | null;
  readonly modelId: string | null;
  readonly status: string;
  readonly statusMessage: string | null;
}

/** All of a version, with its own number and times: of a new one, and of one that `import.write` takes over from another registry. */
export interface WholeVersion extends VersionFields {
  readonly tags: readonly TagValue[];
}

/** What is kept of a registered model. */
export interface RegisteredFields {
  readonly name: string;
  readonly created: number;
  readonly updated: number;
  readonly description: string | null;
}

/** A registered model as another registry holds it. */
export interface WholeRegistered extends RegisteredFields {
  readonly tags: readonly TagValue[];
  readonly aliases: readonly { readonly alias: string; readonly version: number }[];
}

export interface RegistryOperations {
  "registered.create": { input: RegisteredCreate; output: null };
  "registered.update": { input: RegisteredUpdate; output: null };
  /** With its versions. Throws `REGISTERED_NOT_FOUND`. */
  "registered.delete": { input: { name: string }; output: null };
  "version.create": { input: VersionCreate; output: { version: number } };
  "version.update": { input: VersionUpdate; output: null };
  /** What it held is gone, its aliases too; its number is not given again. Throws `VERSION_NOT_FOUND`. */
  "version.delete": { input: { name: string; version: number; time: number }; output: null };
}
