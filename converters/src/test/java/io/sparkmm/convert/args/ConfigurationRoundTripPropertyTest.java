package io.sparkmm.convert.args;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is printed can be read again and means the same. */
final class ConfigurationRoundTripPropertyTest {

  private static final Family ROOT =
      new Family(
          "tool",
          "Tool",
          List.of(
              new Command(
                  "run",
                  "Runs",
                  List.of(
                      Group.of(
                          "cfg",
                          "All",
                          Option.required("out", Option.PATH, "Result"),
                          Option.optional("prefix", Option.TEXT, "Prefix"),
                          Option.of("text", Option.TEXT, "", "Text"),
                          Option.optional(
                              "lists", Option.listOf(Option.listOf(Option.COUNT)), "Lists"),
                          Option.optional("names", Option.listOf(Option.TEXT), "Names"),
                          Option.of("flag", Option.nullable(Option.BOOLEAN), false, "Flag"))),
                  List.of(Option.optional("threads", Option.POSITIVE, "Threads")),
                  false)));

  private static Request parse(List<String> args) {
    return new ArgumentParser(ROOT, Map.of()).parse(args);
  }

  @Provide
  Arbitrary<List<String>> options() {
    Arbitrary<String> text =
        Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(12),
                Arbitraries.strings().withChars(" '\"\\:#-[]{}\n\té,&*!|>%@`~").ofMaxLength(8),
                Arbitraries.of(
                    "null", "yes", "1", "1e3", "0x1", "2020-01-01", "~", "", "<<", "=", "é"))
            .filter(t -> StandardCharsets.UTF_8.newEncoder().canEncode(t));
    Arbitrary<String> option =
        Arbitraries.oneOf(
            text.filter(t -> !t.isEmpty() && t.indexOf('\0') < 0).map(t -> "--cfg.out=" + t),
            text.map(t -> "--cfg.prefix=" + t),
            text.map(t -> "--cfg.text=" + t),
            text.map(t -> "--cfg.names+=" + t),
            Arbitraries.integers()
                .between(0, 99)
                .list()
                .ofMaxSize(4)
                .list()
                .ofMaxSize(3)
                .map(lists -> "--cfg.lists=" + lists),
            Arbitraries.of("--cfg.flag=true", "--cfg.flag=null", "--threads=3"));
    return option.list().ofMaxSize(6);
  }

  @Example
  void breaksAtTheEndOfATextSurviveTheCommentAfterIt() throws IOException {
    List<String> options = List.of("--cfg.prefix=\n", "--cfg.names+=a\n\n", "--cfg.text=x");
    printedConfigurationsMeanTheSame(options, true, true);
    printedConfigurationsMeanTheSame(options, true, false);
  }

  @Property(seed = "1", tries = 500)
  void printedConfigurationsMeanTheSame(
      @ForAll("options") List<String> options, @ForAll boolean comments, @ForAll boolean skip)
      throws IOException {
    List<String> args = new ArrayList<>(List.of("run", "--cfg.out=o"));
    args.addAll(options);
    if (!(parse(args) instanceof Request.Run first)) {
      return; // a text that is no value, such as null for a list of names
    }
    List<String> print = new ArrayList<>(args);
    print.add("--print_config=" + (comments ? "comments," : "") + (skip ? "skip_default" : ""));
    String text = ((Request.Show) parse(print)).text();

    Path file = Files.createTempFile("printed", ".yaml");
    try {
      Files.writeString(file, text);
      Request again = parse(List.of("run", "--config", file.toString()));

      assertThat(again).as(text).isInstanceOf(Request.Run.class);
      assertThat(((Request.Run) again).settings().tree()).isEqualTo(first.settings().tree());
    } finally {
      Files.delete(file);
    }
  }
}
