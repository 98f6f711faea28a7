/** The formats that can be opened; a reader each in engine/importers/. */
export type ImportFormat =
  | "mlruns"
  | "mlflow-db"
  | "trackio"
  | "exptrack"
  | "neptune"
  | "tensorboard"
  | "wandb"
  | "wandb-csv"
  | "dvclive"
  | "lightning"
  | "keras"
  | "csv";
