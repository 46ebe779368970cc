package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.image.SmartResize.Size;
import io.sparkmm.data.sample.RejectReason;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmartResizePropertiesTest {
  private static final ProcessorConfig QWEN2_VL = ProcessorConfig.qwen2Vl();
  private static final PixelBounds BOUNDS = new PixelBounds(0, 262_144);

  private static double ratio(Size size) {
    return Math.max(size.width(), size.height()) / (double) Math.min(size.width(), size.height());
  }

  private static Size fit(Size size) {
    return SmartResize.fit(size, QWEN2_VL, "a.png");
  }

  @Property(seed = "1", tries = 500)
  void sidesAreMultiplesOfAMergedPatchWithinTheBounds(
      @ForAll @IntRange(min = 1, max = 20_000) int width,
      @ForAll @IntRange(min = 1, max = 20_000) int height) {
    Size size = new Size(width, height);
    Assume.that(ratio(size) <= SmartResize.MAX_RATIO);
    Size fitted = fit(size);
    assertThat(fitted.width() % 28).isZero();
    assertThat(fitted.height() % 28).isZero();
    assertThat(fitted.area()).isBetween(3136L, 12_845_056L);
  }

  @Property(seed = "1", tries = 500)
  void aFittedSizeIsLeftAlone(
      @ForAll @IntRange(min = 1, max = 9000) int width,
      @ForAll @IntRange(min = 1, max = 9000) int height) {
    Size size = new Size(width, height);
    Assume.that(ratio(size) <= SmartResize.MAX_RATIO);
    Size fitted = fit(size);
    // Rounding the shorter side down may pass the limit on the ratio.
    Assume.that(ratio(fitted) <= SmartResize.MAX_RATIO);
    assertThat(fit(fitted)).isEqualTo(fitted);
  }

  @Property(seed = "1", tries = 500)
  void theSidesKeepTheirProportionToWithinARounding(
      @ForAll @IntRange(min = 56, max = 3000) int width,
      @ForAll @IntRange(min = 56, max = 3000) int height) {
    Size fitted = fit(new Size(width, height));
    double scale = Math.sqrt(fitted.area() / ((double) width * height));
    assertThat(fitted.width() / scale / width).isBetween(0.7, 1.45);
    assertThat(fitted.height() / scale / height).isBetween(0.7, 1.45);
    if ((long) width * height < 12_000_000 && width % 28 != 14 && height % 28 != 14) {
      assertThat(Math.abs(fitted.width() - width)).isLessThan(14);
      assertThat(Math.abs(fitted.height() - height)).isLessThan(14);
    }
  }

  @Property(seed = "1", tries = 500)
  void turningThePictureTurnsItsSize(
      @ForAll @IntRange(min = 1, max = 6000) int width,
      @ForAll @IntRange(min = 1, max = 6000) int height) {
    Size size = new Size(width, height);
    Assume.that(ratio(size) <= SmartResize.MAX_RATIO);
    Size fitted = fit(size);
    assertThat(fit(new Size(height, width))).isEqualTo(new Size(fitted.height(), fitted.width()));
    Size regular = SmartResize.regularise(size, BOUNDS, "a.png");
    assertThat(SmartResize.regularise(new Size(height, width), BOUNDS, "a.png"))
        .isEqualTo(new Size(regular.height(), regular.width()));
  }

  @Property(seed = "1", tries = 500)
  void regularPicturesHaveSidesAndAreasInBounds(
      @ForAll @IntRange(min = 1, max = 30_000) int width,
      @ForAll @IntRange(min = 1, max = 30_000) int height) {
    Size size = new Size(width, height);
    Assume.that(ratio(size) <= 40);
    Size regular = SmartResize.regularise(size, BOUNDS, "a.png");
    assertThat(Math.min(regular.width(), regular.height())).isGreaterThanOrEqualTo(28);
    assertThat(ratio(regular)).isLessThanOrEqualTo(SmartResize.MAX_RATIO);
    // A side of 28 pixels is enforced after the area, and may enlarge it.
    boolean enforced = Math.min(regular.width(), regular.height()) == 28;
    assertThat(enforced || regular.area() <= BOUNDS.max()).isTrue();
    if (!enforced) {
      assertThat(SmartResize.regularise(regular, BOUNDS, "a.png")).isEqualTo(regular);
    }
  }

  @Property(seed = "1", tries = 300)
  void theGridIsTheFittedSizeInPatches(
      @ForAll @IntRange(min = 1, max = 5000) int width,
      @ForAll @IntRange(min = 1, max = 5000) int height) {
    Size size = new Size(width, height);
    Assume.that(ratio(size) <= 100);
    PatchGrid grid = SmartResize.grid(size, BOUNDS, QWEN2_VL, "a.png");
    Size fitted = fit(SmartResize.regularise(size, BOUNDS, "a.png"));
    assertThat(grid.w() * 14).isEqualTo(fitted.width());
    assertThat(grid.h() * 14).isEqualTo(fitted.height());
    assertThat(grid.tokens(2)).isEqualTo(fitted.area() / (28 * 28));
  }

  @ParameterizedTest
  @CsvSource({"201, 1", "1, 201", "28, 5601", "20000, 99"})
  void tooLongPicturesAreRefusedByTheProcessor(int width, int height) {
    assertThatThrownBy(() -> fit(new Size(width, height)))
        .isInstanceOfSatisfying(
            ImageException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(RejectReason.IMAGE_ASPECT_RATIO);
              assertThat(e.detail())
                  .isEqualTo(
                      "a.png: "
                          + width
                          + "x"
                          + height
                          + " pixels; the sides may differ by a factor of 200");
            });
  }
}
