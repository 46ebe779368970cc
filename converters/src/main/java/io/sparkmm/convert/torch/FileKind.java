package io.sparkmm.convert.torch;

import io.sparkmm.convert.torch.TorchException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Tells what a file is that is no zip archive, by its first bytes. */
final class FileKind {

  private static final int HEAD_BYTES = 512;
  private static final int TAR_MAGIC_AT = 257;
  private static final String RESAVE =
      "; load it with PyTorch and save it again with the default settings of torch.save";

  /** A pickle of protocol 2 of the number that begins files of torch.save before release 1.6. */
  private static final byte[] LEGACY_MAGIC = {
    (byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20
  };

  private FileKind() {}

  static void requireZip(ZipSlice slice) throws IOException {
    ByteBuffer head = slice.read(0, (int) Math.min(HEAD_BYTES, slice.length()));
    if (head.remaining() >= Integer.BYTES && head.getInt(0) == ZipFormat.LOCAL_SIGNATURE) {
      return;
    }
    if (startsWith(head, 0, LEGACY_MAGIC)) {
      throw slice.fail(
          Kind.LEGACY, "it is in the format of torch.save before release 1.6" + RESAVE);
    }
    if (startsWith(head, TAR_MAGIC_AT, "ustar".getBytes(StandardCharsets.US_ASCII))) {
      throw slice.fail(Kind.LEGACY, "it is a tar archive, as of torch.save before 0.1.10" + RESAVE);
    }
    if (startsWith(head, 8, new byte[] {'{'})) {
      throw slice.fail(Kind.NOT_TORCH, "it looks like a safetensors file, not one of torch.save");
    }
    if (startsWith(head, 0, new byte[] {(byte) 0x80})) {
      throw slice.fail(Kind.NOT_TORCH, "it is a bare pickle, not a file of torch.save");
    }
    throw slice.fail(
        Kind.NOT_TORCH,
        slice.length() == 0 ? "it is empty" : "it is no zip archive, so no file of torch.save");
  }

  /** Whether an entry of this full name is only in archives of compiled programs. */
  static boolean isTorchScript(String name) {
    return name.contains("/code/") || name.endsWith("/constants.pkl");
  }

  static TorchException torchScript(ZipSlice slice) {
    return slice.fail(
        Kind.TORCH_SCRIPT,
        "it is a TorchScript program; load it with torch.jit.load and save its state_dict");
  }

  private static boolean startsWith(ByteBuffer head, int at, byte[] expected) {
    return head.remaining() >= at + expected.length
        && head.slice(at, expected.length).equals(ByteBuffer.wrap(expected));
  }
}
