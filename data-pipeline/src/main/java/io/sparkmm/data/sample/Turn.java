package io.sparkmm.data.sample;

import java.util.Objects;

/**
 * One message of a conversation.
 *
 * @param role who says it
 * @param content the text as the source has it, with placeholders such as {@code <image>}; may be
 *     empty
 */
public record Turn(Role role, String content) {
  public Turn {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(content, "content");
  }
}
