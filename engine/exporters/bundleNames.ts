/** Names within a bundle: `exporters/bundle.ts` writes them, `importers/bundle.ts` reads them. */
export const BUNDLE = { manifest: "touchstone-bundle.json", records: "records.jsonl", blobs: "blobs/" } as const;
export const BUNDLE_ENDING = ".touchstone-bundle";
export const BUNDLE_VERSION = 1;
