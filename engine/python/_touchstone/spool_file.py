"""Appends lines to a file that the engine reads on from where it stopped."""
import errno
import os


def append(path, text, durable=False):
    """One line, whole in the file or an error; returns where the file ends then. `durable`: it also survives a power cut."""
    data = text.encode("ascii") + b"\n"
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    fd = os.open(path, flags, 0o600)
    try:
        size = os.fstat(fd).st_size
        if size > 0 and _last_byte(fd, size) != b"\n":  # A full disk took a part of the last line: what follows must not hang on it.
            data = b"\n" + data
        written = os.write(fd, data)
        while written < len(data):
            written += os.write(fd, data[written:])
        if durable:
            os.fsync(fd)
            if size == 0:
                flush_folder(os.path.dirname(path))
        return os.fstat(fd).st_size
    finally:
        os.close(fd)


def flush_folder(path):
    """The names in a folder survive a power cut too, where its file system knows how: Windows and some of clusters flush no folders."""
    try:
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as error:
        if error.errno in (errno.EIO, errno.ENOSPC, errno.EDQUOT):
            raise


def _last_byte(fd, size):
    os.lseek(fd, size - 1, os.SEEK_SET)
    return os.read(fd, 1)
