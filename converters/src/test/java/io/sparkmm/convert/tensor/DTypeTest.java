package io.sparkmm.convert.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class DTypeTest {

  @ParameterizedTest
  @CsvSource({
    "BOOL,1",
    "U8,1",
    "I8,1",
    "F8_E5M2,1",
    "F8_E4M3,1",
    "I16,2",
    "U16,2",
    "F16,2",
    "BF16,2",
    "I32,4",
    "U32,4",
    "F32,4",
    "F64,8",
    "I64,8",
    "U64,8"
  })
  void knowsBytesOfEachType(String name, int bytes) {
    assertThat(DType.find(name)).map(DType::byteSize).contains(bytes);
  }

  @ParameterizedTest
  @EnumSource
  void findsEachTypeByItsSafetensorsName(DType type) {
    assertThat(DType.find(type.safetensorsName())).contains(type);
  }

  @Test
  void doesNotKnowOtherNames() {
    assertThat(DType.find("f32")).isEmpty();
    assertThat(DType.find("F4")).isEmpty();
  }

  @Test
  void listsNamesInLayoutOrder() {
    assertThat(DType.names()).hasSize(15).startsWith("BOOL", "U8").endsWith("I64", "U64");
  }
}
