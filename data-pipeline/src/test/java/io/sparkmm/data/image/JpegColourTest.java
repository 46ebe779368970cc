package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.fixture.Pictures;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JpegColourTest {
  private static final String JFIF = "ff e0 00 10 'JFIF' 00 01 01 00 00 01 00 01 00 00 ";
  private static final String ADOBE = "ff ee 00 0e 'Adobe' 00 64 00 00 00 00 ";
  private static final String THREE = "ff c0 00 11 08 00 08 00 08 03 ";
  private static final String FOUR = "ff c0 00 14 08 00 08 00 08 04 ";
  private static final String NUMBERED = "01 11 00 02 11 01 03 11 01 ";
  private static final String NAMED = "52 11 00 47 11 00 42 11 00 ";

  @ParameterizedTest
  @CsvSource({
    "JFIF, 3, numbered, YCC",
    "JFIF, 3, named, YCC",
    "none, 3, numbered, YCC",
    "none, 3, named, PLAIN",
    "Adobe0, 3, numbered, PLAIN",
    "Adobe1, 3, named, YCC",
    "Adobe0, 4, numbered, PLAIN",
    "Adobe2, 4, numbered, YCC",
    "none, 4, numbered, PLAIN",
    "JFIF, 1, numbered, PLAIN"
  })
  void followsTheRulesOfLibjpeg(String marker, int components, String ids, JpegColour colour) {
    String segment =
        switch (marker) {
          case "JFIF" -> JFIF;
          case "none" -> "";
          default -> ADOBE + "0" + marker.charAt(5) + " ";
        };
    String frame =
        switch (components) {
          case 1 -> "ff c0 00 0b 08 00 08 00 08 01 ";
          case 3 -> THREE;
          default -> FOUR;
        };
    String file =
        "ff d8 " + segment + frame + (ids.equals("named") ? NAMED : NUMBERED) + "04 11 00";

    assertThat(JpegColour.of(new ByteWindow(ByteSource.of(Pictures.bytes(file)), "a")))
        .isEqualTo(colour);
  }
}
