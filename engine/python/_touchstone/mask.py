"""Which names and files hold secrets, and what a secret looks like. The same rules as engine/capture/secrets.ts; one table tests them."""
import re

MASK = "***"

_SECRET_WORDS = {
    "secret", "secrets", "password", "passwords", "passwd", "passphrase", "pwd", "credential", "credentials", "auth", "authorization",
    "bearer", "cookie", "apikey", "accesskey", "secretkey", "privatekey", "authtoken", "accesstoken", "apitoken", "dsn", "creds", "jwt", "webhook",
}  # fmt: skip
#: `pad_token`, `sort_key`, `forward_pass` and the like are settings.
_HARMLESS_BEFORE = {
    "token": {"pad", "eos", "bos", "unk", "sep", "cls", "mask", "special", "max", "min", "num", "n", "per", "image", "start", "end", "decoder"},
    "key": {"sort", "label", "text", "image", "input", "output", "id", "item", "primary", "foreign", "metric", "feature", "target", "column", "data", "group", "num", "dict", "state", "batch", "query"},
    "pass": {"forward", "backward", "high", "low", "band", "all", "by", "one", "two", "first", "second", "third", "last", "single", "double", "multi", "num", "n", "max", "min", "per", "each", "next", "i", "epoch", "training", "train", "validation", "eval"},
    "pat": {"n", "num", "file", "glob", "path", "regex", "re", "per"},
}  # fmt: skip
_HARMLESS_AFTER = {
    "token": {"dim", "len", "length", "size", "count", "type", "embedding", "index", "limit", "dropout", "ids", "weight"},
    "key": {"dim", "size", "metric", "metrics", "value", "values", "padding", "frame", "point", "points", "word", "words", "length", "heads", "mask", "bias"},
    "pass": {"band", "through", "rate", "count", "at", "k", "threshold", "filter", "index", "idx", "over", "only", "fraction", "ratio"},
    "pat": {"id", "ids", "len", "length", "size", "dim"},
}  # fmt: skip
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SHAPES = re.compile(
    r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}"
    r"|\bhf_[A-Za-z0-9]{20,}|\bAKIA[A-Z0-9]{16}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{30,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*"
)
_USER_IN_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*://)[^\s/@]+@")
#: By the name in small letters.
_SECRET_FILES = re.compile(
    r"\.env|.*\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg|asc|ovpn)\Z|id_(rsa|dsa|ecdsa|ed25519)"
    r"|\.(netrc|pgpass|pypirc|npmrc|htpasswd|git-credentials|dockercfg)\Z|_netrc\Z"
    r"|(kaggle|credentials|client_secret.*|service[-_]?account.*|.*-credentials)\.json\Z"
    r"|(secrets?|credentials?)(\.[\w-]+)*\.(ya?ml|toml|json|ini|cfg|conf|py|env)\Z|credentials\Z",
    re.ASCII,
)
_SECRET_FOLDERS = {".ssh", ".aws", ".gnupg", ".kube", ".azure", ".gcloud"}


def is_secret_file(path):
    """True for a file whose content is never kept, by its path (`/` or `\\` as separator)."""
    parts = [part.lower() for part in re.split(r"[\\/]", path)]
    return any(part in _SECRET_FOLDERS for part in parts[:-1]) or _SECRET_FILES.match(parts[-1]) is not None


def is_secret(name):
    """True where the value that belongs to this name must not be kept."""
    words = [word.lower() for word in _WORDS.findall(name)]
    for index, word in enumerate(words):
        if word in _SECRET_WORDS:
            return True
        if word in _HARMLESS_BEFORE:
            before = words[index - 1] if index else ""
            after = words[index + 1] if index + 1 < len(words) else ""
            if before not in _HARMLESS_BEFORE[word] and after not in _HARMLESS_AFTER[word]:
                return True
    return False


def masked(name, value):
    """The value as it may be kept: whole, masked, or with what looks like a secret masked."""
    if value in ("", "None"):
        return value
    return MASK if is_secret(name) else scrub(value)


def scrub(text):
    """Masks known shapes of keys and the user part of URLs anywhere in a text."""
    return _USER_IN_URL.sub(r"\1" + MASK + "@", _SHAPES.sub(MASK, text))
