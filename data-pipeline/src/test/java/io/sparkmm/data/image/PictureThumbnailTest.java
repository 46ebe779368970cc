package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.data.fixture.Pictures;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PictureThumbnailTest {
  private static BufferedImage decoded(PictureThumbnail thumbnail) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(thumbnail.jpeg()));
  }

  @Test
  void shrinksTheLongerSideAndKeepsTheProportion() throws IOException {
    PictureThumbnail wide = PictureThumbnail.of("wide", Pictures.jpeg(500, 120), 100);
    assertThat(decoded(wide).getWidth()).isEqualTo(100);
    assertThat(decoded(wide).getHeight()).isEqualTo(24);
    assertThat(wide.header().width()).isEqualTo(500);

    BufferedImage narrow = decoded(PictureThumbnail.of("narrow", Pictures.png(1, 900), 100));
    assertThat(narrow.getWidth()).isEqualTo(1);
    assertThat(narrow.getHeight()).isEqualTo(100);
  }

  @Test
  void keepsTheSizeOfSmallPictures() throws IOException {
    BufferedImage small = decoded(PictureThumbnail.of("small", Pictures.png(30, 20), 100));
    assertThat(small.getWidth()).isEqualTo(30);
    assertThat(small.getHeight()).isEqualTo(20);
  }

  @Test
  void keepsColoursAndShowsGreyAndTransparentPictures() throws IOException {
    for (int type :
        new int[] {
          BufferedImage.TYPE_INT_RGB,
          BufferedImage.TYPE_INT_ARGB,
          BufferedImage.TYPE_BYTE_GRAY,
          BufferedImage.TYPE_USHORT_GRAY,
          BufferedImage.TYPE_BYTE_INDEXED
        }) {
      BufferedImage source = new BufferedImage(64, 48, type);
      boolean grey = type == BufferedImage.TYPE_BYTE_GRAY || type == BufferedImage.TYPE_USHORT_GRAY;
      for (int y = 0; y < 48; y++) {
        for (int x = 0; x < 64; x++) {
          source.setRGB(x, y, grey ? 0xffffffff : 0xffcc3300);
        }
      }
      BufferedImage shown = decoded(PictureThumbnail.of("x", Pictures.encoded(source, "png"), 32));
      assertThat(shown.getWidth()).isEqualTo(32);
      int rgb = shown.getRGB(16, 12);
      assertThat(rgb >> 16 & 0xff).isCloseTo(grey ? 255 : 0xcc, within(6));
      assertThat(rgb & 0xff).isCloseTo(grey ? 255 : 0, within(6));
    }
  }

  @Test
  void givesTheSameBytesForTheSamePicture() {
    byte[] file = Pictures.jpeg(300, 200);
    assertThat(PictureThumbnail.of("a", file, 64).jpeg())
        .isEqualTo(PictureThumbnail.of("b", file, 64).jpeg());
  }

  @Test
  void refusesWhatIsNoPictureOrTooLarge() {
    assertThatThrownBy(() -> PictureThumbnail.of("a.png", new byte[] {1, 2, 3}, 64))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("a.png");
    byte[] huge = Arrays.copyOf(Pictures.png(3, 3), 80);
    huge[18] = 0x20;
    huge[22] = 0x20;
    assertThatThrownBy(() -> PictureThumbnail.of("huge.png", huge, 64))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("huge.png");
  }
}
