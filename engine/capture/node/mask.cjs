"use strict";
// Which names hold secrets, and what a secret looks like: for the engine, and for scripts that run tracked under any Node.

/** What stands in the place of a secret. */
const MASK = "***";

const SECRET_WORDS = new Set(
  "secret secrets password passwords passwd passphrase pwd credential credentials auth authorization bearer cookie apikey accesskey secretkey privatekey authtoken accesstoken apitoken dsn creds jwt webhook".split(" "),
);
/** `pad_token`, `sort_key`, `forward_pass` and the like are settings. */
const HARMLESS_BEFORE = {
  token: new Set("pad eos bos unk sep cls mask special max min num n per image start end decoder".split(" ")),
  key: new Set("sort label text image input output id item primary foreign metric feature target column data group num dict state batch query".split(" ")),
  pass: new Set("forward backward high low band all by one two first second third last single double multi num n max min per each next i epoch training train validation eval".split(" ")),
  pat: new Set("n num file glob path regex re per".split(" ")),
};
const HARMLESS_AFTER = {
  token: new Set("dim len length size count type embedding index limit dropout ids weight".split(" ")),
  key: new Set("dim size metric metrics value values padding frame point points word words length heads mask bias".split(" ")),
  pass: new Set("band through rate count at k threshold filter index idx over only fraction ratio".split(" ")),
  pat: new Set("id ids len length size dim".split(" ")),
};
const WORDS = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
const SHAPES =
  /\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}|\bhf_[A-Za-z0-9]{20,}|\bAKIA[A-Z0-9]{16}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{30,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g;
const USER_IN_URL = /\b([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^\s/@]+@/g;

/** True where the value that belongs to this name must not be kept. */
function isSecretName(name) {
  const words = (name.match(WORDS) ?? []).map((word) => word.toLowerCase());
  return words.some((word, index) => {
    if (SECRET_WORDS.has(word)) return true;
    return Object.hasOwn(HARMLESS_BEFORE, word) && !HARMLESS_BEFORE[word].has(words[index - 1] ?? "") && !HARMLESS_AFTER[word].has(words[index + 1] ?? "");
  });
}

/** The value as it may be kept: whole, masked, or with what looks like a secret masked. */
function masked(name, value) {
  if (value === "" || value === "None") return value;
  return isSecretName(name) ? MASK : scrub(value);
}

/** Masks known shapes of keys and the user part of URLs anywhere in a text. */
function scrub(text) {
  return text.replace(SHAPES, MASK).replace(USER_IN_URL, `$1${MASK}@`);
}

/** `API_KEY=…`, `"API_KEY": "…"`: how an environment is printed. */
const PRINTED_NAME = /\b([A-Z][A-Z0-9_]{2,})(['"]?\s?[=:]\s?['"]?)([^\s'",;]+)/g;
const SAME_LENGTH = (text) => "*".repeat(text.length);

/** What `scrub` masks, and values of printed names that are secret, with as many letters as before: places in a log stay what they are. */
function blanked(text) {
  return text
    .replace(SHAPES, SAME_LENGTH)
    .replace(USER_IN_URL, (whole, scheme) => `${scheme}${SAME_LENGTH(whole.slice(scheme.length, -1))}@`)
    .replace(PRINTED_NAME, (whole, name, between, value) => (isSecretName(name) ? name + between + SAME_LENGTH(value) : whole));
}

/** `api_key = "…"`, `login(token='…')`, `"password": "…"`: a text in code, of which the name says that it is secret; in a notebook its quotes are escaped. */
const NAMED_TEXT = /\b([A-Za-z_][\w-]{0,63})(\\?["']?\s{0,4}(?::\s{0,4}[\w.]{1,40}\s{0,4}=|[=:])\s{0,4}[A-Za-z]{0,2})(\\?["'`])((?:(?!\3).){1,4096})\3/g;
/** `API_KEY=…`: a whole word behind such a name. Behind a space, code may stand there: a word with a digit is no name of a type. */
const NAMED_WORD = /\b([A-Z][A-Z0-9_]{2,63})(=|\s?[=:]\s)([^\s'",;()[\]{}$`\\]{1,512})(?=[\s,;]|$)/g;

/** Code calls many things a key or a token: what is called only so is secret where it looks like one. A template holds no secret itself. */
function isSecretText(name, value) {
  if (/^\$?\{[^{}]*\}$/.test(value)) return false;
  return !/^(key|token|pass|pat|auth)$/i.test(name) || (value.length >= 12 && /\d/.test(value));
}

/** A line of code without the secrets that stand in it, with as many letters as before. Names of variables and calls that give a secret stay. */
function blankedCode(text) {
  return text
    .replace(SHAPES, SAME_LENGTH)
    .replace(USER_IN_URL, (whole, scheme) => `${scheme}${SAME_LENGTH(whole.slice(scheme.length, -1))}@`)
    .replace(NAMED_TEXT, (whole, name, between, quote, value) => (isSecretName(name) && isSecretText(name, value) ? name + between + quote + SAME_LENGTH(value) + quote : whole))
    .replace(NAMED_WORD, (whole, name, between, value) => (isSecretName(name) && (between === "=" || /\d/.test(value)) ? name + between + SAME_LENGTH(value) : whole));
}

module.exports = { MASK, blanked, blankedCode, isSecretName, masked, scrub };
