package io.sparkmm.convert.torch;

/** Numbers of the zip format, as far as files of torch.save use it. */
final class ZipFormat {

  static final int LOCAL_SIGNATURE = 0x04034b50;
  static final int CENTRAL_SIGNATURE = 0x02014b50;
  static final int DESCRIPTOR_SIGNATURE = 0x08074b50;
  static final int END_SIGNATURE = 0x06054b50;
  static final int ZIP64_END_SIGNATURE = 0x06064b50;
  static final int ZIP64_LOCATOR_SIGNATURE = 0x07064b50;

  static final int LOCAL_BYTES = 30;
  static final int CENTRAL_BYTES = 46;
  static final int DESCRIPTOR_BYTES = 16;
  static final int ZIP64_DESCRIPTOR_BYTES = 24;
  static final int END_BYTES = 22;
  static final int ZIP64_END_BYTES = 56;
  static final int ZIP64_LOCATOR_BYTES = 20;

  /** What the length field of a zip64 end record does not count: signature and itself. */
  static final int ZIP64_END_UNCOUNTED = 12;

  static final int ZIP64_EXTRA_ID = 1;

  static final int FLAG_ENCRYPTED = 1;
  static final int FLAG_DESCRIPTOR = 1 << 3;
  static final int FLAG_UTF8 = 1 << 11;

  /** Stands for a number that is in a zip64 record. */
  static final long MAX_U32 = 0xFFFFFFFFL;

  /** Stands for a count that is in a zip64 record. */
  static final int MAX_U16 = 0xFFFF;

  private ZipFormat() {}
}
