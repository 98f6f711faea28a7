"""Readers and writers that open files in native code, where Python's audit hook sees nothing: one row each.

A row names the function, whether it reads or writes, and where its path stands: position (self counts) and keyword. A row whose
function a version of the library lacks is passed over.
"""
import functools
import glob
import os
import sys

from _touchstone.files import note

_INPUT, _OUTPUT, _BY_MODE, _SQL = "input", "output", "mode", "sql"

ROWS = {
    "pyarrow": {"memory_map": (_BY_MODE, 0, "path")},
    "pyarrow.parquet.core": {
        "ParquetFile.__init__": (_INPUT, 1, "source"),
        "ParquetDataset.__init__": (_INPUT, 1, "path_or_paths"),
        "ParquetWriter.__init__": (_OUTPUT, 1, "where"),
        "read_table": (_INPUT, 0, "source"),
        "write_to_dataset": (_OUTPUT, 1, "root_path"),
    },
    "pyarrow.feather": {"read_table": (_INPUT, 0, "source"), "read_feather": (_INPUT, 0, "source"), "write_feather": (_OUTPUT, 1, "dest")},
    "pyarrow.csv": {
        "read_csv": (_INPUT, 0, "input_file"),
        "open_csv": (_INPUT, 0, "input_file"),
        "write_csv": (_OUTPUT, 1, "output_file"),
    },
    "pyarrow.json": {"read_json": (_INPUT, 0, "input_file"), "open_json": (_INPUT, 0, "input_file")},
    "pyarrow.orc": {"ORCFile.__init__": (_INPUT, 1, "source"), "ORCWriter.__init__": (_OUTPUT, 1, "where"), "read_table": (_INPUT, 0, "source")},
    "pyarrow.dataset": {"dataset": (_INPUT, 0, "source"), "write_dataset": (_OUTPUT, 1, "base_dir")},
    "pyarrow.ipc": {
        "open_file": (_INPUT, 0, "source"),
        "open_stream": (_INPUT, 0, "source"),
        "new_file": (_OUTPUT, 0, "sink"),
        "new_stream": (_OUTPUT, 0, "sink"),
    },
    "pandas.io.parquet": {"read_parquet": (_INPUT, 0, "path"), "to_parquet": (_OUTPUT, 1, "path")},
    "pandas.io.orc": {"read_orc": (_INPUT, 0, "path"), "to_orc": (_OUTPUT, 1, "path")},
    "polars.io.csv.functions": {"read_csv": (_INPUT, 0, "source"), "scan_csv": (_INPUT, 0, "source"), "read_csv_batched": (_INPUT, 0, "source")},
    "polars.io.parquet.functions": {"read_parquet": (_INPUT, 0, "source"), "scan_parquet": (_INPUT, 0, "source")},
    "polars.io.ipc.functions": {"read_ipc": (_INPUT, 0, "source"), "read_ipc_stream": (_INPUT, 0, "source"), "scan_ipc": (_INPUT, 0, "source")},
    "polars.io.ndjson": {"read_ndjson": (_INPUT, 0, "source"), "scan_ndjson": (_INPUT, 0, "source")},
    "polars.io.json.read": {"read_json": (_INPUT, 0, "source")},
    "polars.io.avro": {"read_avro": (_INPUT, 0, "source")},
    "polars.io.lines": {"read_lines": (_INPUT, 0, "source"), "scan_lines": (_INPUT, 0, "source")},
    "polars.io.spreadsheet.functions": {"read_excel": (_INPUT, 0, "source"), "read_ods": (_INPUT, 0, "source")},
    "polars.dataframe.frame": {
        "DataFrame.write_%s" % name: (_OUTPUT, 1, "file") for name in ("csv", "parquet", "ipc", "ipc_stream", "json", "ndjson", "avro")
    },
    "polars.lazyframe.frame": {"LazyFrame.sink_%s" % name: (_OUTPUT, 1, "path") for name in ("csv", "parquet", "ipc", "ndjson")},
    "duckdb": dict(
        {name: (_SQL, 0, "query") for name in ("sql", "query", "execute", "from_query", "executemany")},
        connect=(_BY_MODE, 0, "database"),
        read_csv=(_INPUT, 0, "path_or_buffer"),
        from_csv_auto=(_INPUT, 0, "path_or_buffer"),
        read_parquet=(_INPUT, 0, "file_glob"),
        from_parquet=(_INPUT, 0, "file_glob"),
        read_json=(_INPUT, 0, "path_or_buffer"),
        write_csv=(_OUTPUT, 1, "filename"),
        **{"DuckDBPyConnection." + name: (_SQL, 1, "query") for name in ("sql", "query", "execute", "from_query", "executemany")},
        **{"DuckDBPyConnection." + name: (_INPUT, 1, "path_or_buffer") for name in ("read_csv", "from_csv_auto", "read_json")},
        **{"DuckDBPyConnection." + name: (_INPUT, 1, "file_glob") for name in ("read_parquet", "from_parquet")},
        **{"DuckDBPyRelation." + name: (_OUTPUT, 1, "file_name") for name in ("write_csv", "to_csv", "write_parquet", "to_parquet")},
    ),
    "h5py._hl.files": {"File.__init__": (_BY_MODE, 1, "name")},
    "tables.file": {"open_file": (_BY_MODE, 0, "filename")},
    "safetensors.numpy": {"load_file": (_INPUT, 0, "filename"), "save_file": (_OUTPUT, 1, "filename")},
    "safetensors.torch": {"load_file": (_INPUT, 0, "filename"), "save_file": (_OUTPUT, 1, "filename"), "load_model": (_INPUT, 1, "filename"), "save_model": (_OUTPUT, 1, "filename")},
    "safetensors.tensorflow": {"load_file": (_INPUT, 0, "filename"), "save_file": (_OUTPUT, 1, "filename")},
    "safetensors.flax": {"load_file": (_INPUT, 0, "filename"), "save_file": (_OUTPUT, 1, "filename")},
    "torch.serialization": {"save": (_OUTPUT, 1, "f"), "load": (_INPUT, 0, "f")},
    "torch.jit._serialization": {"save": (_OUTPUT, 1, "f"), "load": (_INPUT, 0, "f")},
    "torch.jit._script": {"RecursiveScriptModule.save": (_OUTPUT, 1, "f")},
    "onnxruntime.capi.onnxruntime_inference_collection": {"InferenceSession.__init__": (_INPUT, 1, "path_or_bytes")},
    "lightgbm.basic": {"Booster.save_model": (_OUTPUT, 1, "filename"), "Booster.__init__": (_INPUT, 3, "model_file"), "Dataset.__init__": (_INPUT, 1, "data")},
    "xgboost.core": {"Booster.save_model": (_OUTPUT, 1, "fname"), "Booster.load_model": (_INPUT, 1, "fname"), "DMatrix.__init__": (_INPUT, 1, "data")},
    "cv2": {"imread": (_INPUT, 0, "filename"), "imwrite": (_OUTPUT, 0, "filename")},
    "soundfile": {"SoundFile.__init__": (_BY_MODE, 1, "file")},
    "tensorflow.python.lib.io.file_io": {"FileIO.__init__": (_BY_MODE, 1, "name")},
    "tensorflow.python.lib.io.tf_record": {"TFRecordWriter.__init__": (_OUTPUT, 1, "path")},
    "tensorflow.python.ops.gen_io_ops": {"read_file": (_INPUT, 0, "filename"), "write_file": (_OUTPUT, 0, "filename")},
    "tensorflow.python.data.ops.readers": {name + "V2.__init__": (_INPUT, 1, "filenames") for name in ("TFRecordDataset", "TextLineDataset", "FixedLengthRecordDataset")},
    "tensorflow.python.saved_model.save": {"save": (_OUTPUT, 1, "export_dir")},
    "tensorflow.python.saved_model.load": {"load": (_INPUT, 0, "export_dir")},
}


def patch(process, module):
    """Wraps the rows of one module."""
    for dotted, (kind, position, keyword) in ROWS[module.__name__].items():
        holder, name = module, dotted
        if "." in dotted:
            owner, name = dotted.split(".")
            holder = getattr(module, owner, None)
        function = getattr(holder, name, None)
        if function is not None:
            setattr(holder, name, _watched(function, kind, position, keyword))


def _watched(function, kind, position, keyword):
    def wrapped(*args, **kwargs):
        try:
            value = args[position] if len(args) > position else kwargs.get(keyword)
            if value is not None:
                _note(kind, value, args[position + 1 :], kwargs, sys._getframe(1))
        except Exception:
            pass
        return function(*args, **kwargs)

    return functools.update_wrapper(wrapped, function)


def _note(kind, value, rest, kwargs, frame):
    if kind == _SQL:
        if isinstance(value, str):
            _note_sql(value, frame)
        return
    if kind == _BY_MODE:
        mode = kwargs.get("mode", rest[0] if rest and isinstance(rest[0], str) else "r")
        kind = _OUTPUT if any(letter in mode for letter in "wax+") else _INPUT
    for path in value if isinstance(value, (list, tuple, set)) else (value,):
        if isinstance(path, bytes) and len(path) > 4096:
            continue
        if isinstance(path, (str, bytes, os.PathLike)):
            _note_path(kind, os.fsdecode(path), frame)


def _note_path(kind, path, frame):
    if path.startswith("file://"):
        path = path[7:]
    if "://" in path or "\n" in path or path in ("", ":memory:"):
        return
    if kind == _INPUT and any(letter in path for letter in "*?[") and not os.path.exists(path):
        for found in sorted(glob.glob(path, recursive=True)):
            note(kind, found, frame)
        return
    note(kind, path, frame, whole_directory=True)


def _note_sql(text, frame):
    """Quoted names of existing files are read; the target of COPY … TO is written."""
    import re

    for match in re.finditer(r"(\bTO\s+)?'((?:[^']|'')+)'|\bFROM\s+\"([^\"]+)\"", text, re.IGNORECASE):
        path = (match.group(2) or match.group(3)).replace("''", "'")
        if match.group(1):
            note(_OUTPUT, path, frame)
        elif "." in path or "*" in path or "/" in path:
            _note_path(_INPUT, path, frame)
