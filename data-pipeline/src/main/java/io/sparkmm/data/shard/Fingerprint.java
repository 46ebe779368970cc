package io.sparkmm.data.shard;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names a list of names and values: SHA-256 over all of them, each with its length, so that no two
 * lists run into the same bytes.
 */
public final class Fingerprint {
  private final MessageDigest digest;

  /** An empty list. */
  public Fingerprint() {
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Cannot compute a fingerprint: no SHA-256 in this JVM", e);
    }
  }

  /** Adds a name and its value. */
  public Fingerprint add(String name, Object value) {
    text(name);
    text(value.toString());
    return this;
  }

  /** The name of all that was added, as lower case hexadecimal digits; ends the list. */
  public String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
  }
}
