package io.sparkmm.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NotesTest {
  private static final Set<String> INTERPRETERS =
      Set.of("%md", "%spark", "%spark.conf", "%spark.sql", "%sh");

  /** What has to be among the output of each note. */
  private static final Map<String, String[]> SHOWN =
      Map.of(
          "01-inspect.zpln",
          new String[] {
            "kind sft, template qwen2vl, rejected 0",
            "%table split\tsamples\ttokens\tbytes\ntrain\t",
            "%table split\tsource\trecords\ttokens\ntrain\t",
            "/shapes/llava_train.json\t",
            "%table tokens from\tsamples\n",
            "%html <style>",
            "src=\"data:image/jpeg;base64,",
            "<b title=",
            "\u00d7 &lt;|image_pad|&gt;",
            "/inspect.html: "
          },
          "02-prepare.zpln",
          new String[] {"input_ids", "|    200|"});

  @TempDir Path folder;

  static List<Note> notes() throws IOException {
    return Note.all();
  }

  @Test
  void thereAreNotesWithDifferentIds() throws IOException {
    Set<String> ids = new HashSet<>();
    for (Note note : notes()) {
      assertThat(ids.add(note.content().required("id").textValue())).as(note.toString()).isTrue();
    }
    assertThat(ids).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("notes")
  void hasTheShapeThatZeppelinImports(Note note) {
    assertThat(note.content().required("name").textValue() + ".zpln").isEqualTo(note.toString());
    assertThat(note.content().required("id").textValue()).matches("2[A-Z0-9]{8}");
    assertThat(note.content().required("defaultInterpreterGroup").textValue()).isEqualTo("spark");
    for (JsonNode paragraph : note.content().required("paragraphs")) {
      assertThat(paragraph.required("status").textValue()).isEqualTo("READY");
      assertThat(paragraph.has("results")).as("results are not kept in files").isFalse();
    }
    assertThat(note.paragraphs())
        .allSatisfy(paragraph -> assertThat(INTERPRETERS).contains(paragraph.interpreter()));
  }

  @ParameterizedTest
  @MethodSource("notes")
  void explainsEveryParagraphInTheOneBeforeIt(Note note) {
    List<Note.Paragraph> paragraphs = note.paragraphs();
    for (int i = 0; i < paragraphs.size(); i++) {
      if (!paragraphs.get(i).interpreter().equals("%md")) {
        assertThat(i).isPositive();
        assertThat(paragraphs.get(i - 1).interpreter())
            .as(paragraphs.get(i).text())
            .isEqualTo("%md");
        assertThat(paragraphs.get(i - 1).text()).matches("(?s).*\\w{3}.*\\.");
      }
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("notes")
  void runsFromTopToBottom(Note note) throws IOException {
    System.setProperty("sparkmm.note.folder", folder.resolve("data").toString());
    StringBuilder shown = new StringBuilder();
    try (ScalaRunner scala = new ScalaRunner(Files.createDirectory(folder.resolve("classes")))) {
      for (Note.Paragraph paragraph : note.paragraphs()) {
        if (paragraph.interpreter().equals("%spark")) {
          assertThat(scala.run(paragraph.text())).as(paragraph.text()).isEmpty();
          shown.append(scala.printed());
        }
      }
    } finally {
      System.clearProperty("sparkmm.note.folder");
    }
    assertThat(shown).contains(SHOWN.get(note.toString()));
  }

  @Tag("slow")
  @Test
  void aParagraphThatFailsIsNoticed() throws IOException {
    try (ScalaRunner scala = new ScalaRunner(Files.createDirectory(folder.resolve("classes")))) {
      assertThat(scala.run("val broken: Int = \"text\"")).contains("the interpreter says");
      assertThat(scala.run("require(1 == 2, \"not equal\")")).contains("not equal");
    }
  }
}
