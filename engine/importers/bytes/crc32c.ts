// CRC-32C (Castagnoli), as RFC 3720 B.4 has it: reflected, polynomial 0x1EDC6F41. Node's zlib knows the other CRC-32 only.
const TABLE = new Uint32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  TABLE[byte] = value >>> 0;
}
// Eight bytes at a time: table n is table 0 moved on by n zero bytes.
for (let index = 256; index < TABLE.length; index++) {
  const before = TABLE[index - 256] ?? 0;
  TABLE[index] = (before >>> 8) ^ (TABLE[before & 0xff] ?? 0);
}

/** CRC-32C of bytes [start, end). */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const t = TABLE;
  let crc = 0xffffffff;
  let at = start;
  // An index beyond the end would read undefined, which counts as 0 in bit operations: `end` is within the bytes by contract.
  for (; at + 8 <= end; at += 8) {
    crc ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    crc =
      (t[1792 + (crc & 0xff)] ?? 0) ^ (t[1536 + ((crc >>> 8) & 0xff)] ?? 0) ^ (t[1280 + ((crc >>> 16) & 0xff)] ?? 0) ^ (t[1024 + (crc >>> 24)] ?? 0) ^
      (t[768 + (bytes[at + 4] ?? 0)] ?? 0) ^ (t[512 + (bytes[at + 5] ?? 0)] ?? 0) ^ (t[256 + (bytes[at + 6] ?? 0)] ?? 0) ^ (t[bytes[at + 7] ?? 0] ?? 0);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (t[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}

/** The CRC as TFRecord files hold it: turned right by 15 bits, plus a constant (tensorflow/core/lib/hash/crc32c.h). */
export function maskedCrc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const crc = crc32c(bytes, start, end);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
