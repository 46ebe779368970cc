package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ImageExceptionTest {
  @Test
  void namesPictureAndReason() {
    ImageException e = new ImageException(RejectReason.IMAGE_MISSING, "a.jpg", "not there");

    assertThat(e).hasMessage("Cannot use picture a.jpg: a picture file does not exist: not there");
    assertThat(e.detail()).isEqualTo("a.jpg: not there");
    assertThat(e.reason()).isEqualTo(RejectReason.IMAGE_MISSING);
    assertThat(e.kind()).isEqualTo(DataException.Kind.SOURCE);
  }

  @Test
  void keepsTheCause() {
    IOException cause = new IOException("disk");
    ImageException e = new ImageException(RejectReason.IMAGE_UNREADABLE, "a.jpg", cause);

    assertThat(e).hasCause(cause).hasMessageEndingWith("java.io.IOException: disk");
    assertThat(e.detail()).isEqualTo("a.jpg: java.io.IOException: disk");
  }
}
