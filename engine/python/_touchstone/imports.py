"""Patches a library at the moment when the script imports it; a library that is not imported costs one dictionary look-up."""
import sys

#: Module → (module of ours, function). The function is called as f(process, module).
PATCHES = {
    "argparse": ("arguments", "patch_argparse"),
    "click.core": ("arguments", "patch_click"),
    "typer._click.core": ("arguments", "patch_click"),
    "threading": ("errors", "patch_threading"),
    "IPython.core.interactiveshell": ("kernel", "patch_shell"),
    "mlflow.tracking.fluent": ("mlflow_sites", "patch_fluent"),
    "mlflow.tracking._tracking_service.utils": ("mlflow_sites", "patch_uri"),
    "requests.adapters": ("spool", "patch_adapters"),
    "wandb.sdk.wandb_init": ("loggers", "patch_wandb"),
    "trackio": ("loggers", "patch_trackio"),
}
#: Modules with a row in readers.py, which is not loaded for the sake of their names.
READERS = (
    "pyarrow", "pyarrow.parquet.core", "pyarrow.feather", "pyarrow.csv", "pyarrow.json", "pyarrow.orc", "pyarrow.dataset",
    "pyarrow.ipc", "pandas.io.parquet", "pandas.io.orc", "polars.io.csv.functions", "polars.io.parquet.functions", "polars.io.ipc.functions", "polars.io.ndjson",
    "polars.io.json.read", "polars.io.avro", "polars.io.lines", "polars.io.spreadsheet.functions", "polars.dataframe.frame",
    "polars.lazyframe.frame", "duckdb", "h5py._hl.files", "tables.file", "safetensors.numpy", "safetensors.torch",
    "safetensors.tensorflow", "safetensors.flax", "torch.serialization", "torch.jit._serialization", "torch.jit._script",
    "onnxruntime.capi.onnxruntime_inference_collection", "lightgbm.basic", "xgboost.core", "cv2", "soundfile",
    "tensorflow.python.lib.io.file_io", "tensorflow.python.lib.io.tf_record", "tensorflow.python.ops.gen_io_ops",
    "tensorflow.python.data.ops.readers", "tensorflow.python.saved_model.save", "tensorflow.python.saved_model.load",
)  # fmt: skip
PATCHES.update((name, ("readers", "patch")) for name in READERS)


class Finder:
    """Finds nothing itself: lets the other finders answer and patches what they load."""

    def __init__(self, process):
        self.process = process

    def find_spec(self, name, path=None, target=None):
        if name not in PATCHES:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                self._prepare(spec)
                return spec
        return None

    def _prepare(self, spec):
        loader = spec.loader
        if loader is None or isinstance(loader, type):
            return
        process = self.process

        def exec_module(module):
            # The loader is whole again before anyone can look at it.
            loader.__dict__.pop("exec_module", None)
            loader.exec_module(module)
            if module.__name__ == spec.name:
                apply(process, module)

        try:
            loader.exec_module = exec_module
        except AttributeError:
            return


def apply(process, module):
    """Patches one loaded module, once; a library whose inside has changed is left as it is."""
    ours, function = PATCHES[module.__name__]
    if module.__dict__.get("__touchstone__") is not None:
        return
    module.__touchstone__ = True
    try:
        getattr(__import__("_touchstone." + ours, fromlist=[function]), function)(process, module)
    except Exception as error:
        process.emit("note", text="%s could not be watched (%s: %s)" % (module.__name__, type(error).__name__, error))


def install(process):
    """Begins to watch imports; what is imported already is patched now."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder(process))
    for name in PATCHES:
        module = sys.modules.get(name)
        if module is not None:
            apply(process, module)
