package io.sparkmm.data.job;

/**
 * The bytes of a record.
 *
 * @param bytes the record, and perhaps more behind it; less than the record if it is too long
 * @param length bytes of the record
 */
record JsonPiece(byte[] bytes, long length) {
  /** Whether the record has more bytes than are allowed, and is not kept. */
  boolean tooLong() {
    return length > bytes.length;
  }
}
