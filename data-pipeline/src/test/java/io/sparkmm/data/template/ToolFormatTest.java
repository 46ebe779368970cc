package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ToolFormatTest {
  private static final String CALL = "{\"name\":\"f\",\"arguments\":{\"a\":[1,2.50],\"b\":null}}";

  @Test
  void writesACall() {
    assertThat(write(ToolFormat.DEFAULT, CALL))
        .isEqualTo("Action: f\nAction Input: {\"a\": [1, 2.5], \"b\": null}");
    assertThat(write(ToolFormat.QWEN, CALL))
        .isEqualTo(
            "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": [1, 2.5], \"b\": null}}\n"
                + "</tool_call>");
  }

  @Test
  void writesSeveralCallsOnLinesOfTheirOwn() {
    assertThat(
            write(
                ToolFormat.DEFAULT,
                "[{\"name\":\"f\",\"arguments\":1},{\"name\":\"g\",\"arguments\":\"x\"}]"))
        .isEqualTo("Action: f\nAction Input: 1\nAction: g\nAction Input: \"x\"");
    assertThat(write(ToolFormat.QWEN, "[]")).isEmpty();
  }

  @Test
  void keepsThoughtsAndTextInFront() {
    String call = "Action: f\nAction Input: {}";
    String json = "{\"name\":\"f\",\"arguments\":{}}";

    assertThat(write(ToolFormat.DEFAULT, json + "<think>\nhm\n</think>\n\n"))
        .isEqualTo("<think>\nhm\n</think>\n\n" + call);
    assertThat(write(ToolFormat.DEFAULT, "See:<tool_call>" + json + "</tool_call>!"))
        .isEqualTo("See:!" + call);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no call",
        "{",
        "{} {}",
        "{}",
        "[1]",
        "{\"name\":\"f\"}",
        "{\"arguments\":1}",
        "{\"name\":1,\"arguments\":1}",
        "<think>a</think>{\"name\":\"f\",\"arguments\":{}}"
      })
  void refusesWhatIsNoCall(String content) {
    assertThatThrownBy(() -> write(ToolFormat.QWEN, content))
        .isInstanceOf(ToolCallException.class)
        .hasMessageStartingWith("a tool call ");
  }

  @ParameterizedTest
  @CsvSource({
    "1.0,1.0",
    "-0.0,-0.0",
    "1e16,1e+16",
    "1e15,1000000000000000.0",
    "123456789012345680.0,1.2345678901234568e+17",
    "0.0001,0.0001",
    "0.00001,1e-05",
    "5e-324,5e-324",
    "1e-9999,0.0",
    "1e9999,Infinity",
    "-1e9999,-Infinity",
    "NaN,NaN",
    "5.684341886080802e-14,5.684341886080802e-14",
    "2.0E-3,0.002",
    "12345678901234567890123,12345678901234567890123",
    "-0,0",
    "true,true"
  })
  void writesNumbersAsPythonDoes(String json, String text) {
    assertThat(PythonJson.write(PythonJson.read(json))).isEqualTo(text);
  }

  @Test
  void escapesOnlyWhatHasToBe() {
    assertThat(PythonJson.write("\"\\/\b\f\n\r\t\u0001\u001f\u007f\u00e9\u2028\ud83d\ude00"))
        .isEqualTo("\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\u007f\u00e9\u2028\ud83d\ude00\"");
  }

  private static String write(ToolFormat format, String content) {
    return format.write(content, Optional.empty());
  }
}
