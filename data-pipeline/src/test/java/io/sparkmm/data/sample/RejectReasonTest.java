package io.sparkmm.data.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.sample.RejectReason.Severity;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RejectReasonTest {
  @ParameterizedTest
  @EnumSource(RejectReason.class)
  void hasADescriptionThatFitsIntoASentence(RejectReason reason) {
    assertThat(reason.description()).matches("[a-z].*[a-zA-Z]").hasSizeLessThan(80);
  }

  @Test
  void describesEachReasonDifferently() {
    assertThat(Arrays.stream(RejectReason.values()).map(RejectReason::description))
        .doesNotHaveDuplicates();
  }

  @Test
  void knowsWhatTheReferenceDrops() {
    Set<RejectReason> dropped = EnumSet.noneOf(RejectReason.class);
    for (RejectReason reason : RejectReason.values()) {
      if (reason.severity() == Severity.DROP) {
        dropped.add(reason);
      }
    }

    assertThat(dropped)
        .containsExactly(
            RejectReason.CONTENT_MISSING,
            RejectReason.COLUMN_INVALID,
            RejectReason.MESSAGES_EMPTY,
            RejectReason.ROLE_MISSING,
            RejectReason.ROLE_UNEXPECTED,
            RejectReason.MESSAGE_COUNT,
            RejectReason.ANSWER_MISSING,
            RejectReason.VIDEOS_UNSUPPORTED,
            RejectReason.AUDIOS_UNSUPPORTED,
            RejectReason.IMAGE_FORBIDDEN,
            RejectReason.IMAGE_MISSING,
            RejectReason.IMAGE_UNREADABLE,
            RejectReason.IMAGE_EMPTY,
            RejectReason.IMAGE_NOT_IMAGE,
            RejectReason.IMAGE_FORMAT_UNSUPPORTED,
            RejectReason.IMAGE_HEADER_TRUNCATED,
            RejectReason.IMAGE_HEADER_INVALID,
            RejectReason.IMAGE_ZERO_SIZE,
            RejectReason.IMAGE_TRUNCATED,
            RejectReason.IMAGE_UNDECODABLE,
            RejectReason.ANNOTATION_DANGLING,
            RejectReason.ANNOTATION_INVALID,
            RejectReason.NO_SUPERVISED_TOKEN);
  }
}
