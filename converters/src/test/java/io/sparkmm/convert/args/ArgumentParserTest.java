package io.sparkmm.convert.args;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ArgumentParserTest {

  private static final Group SIZES =
      Group.of(
          "sizes",
          "Sizes",
          Option.of("tp", Option.POSITIVE, 1, "Parts"),
          Option.of("vit", Option.nullable(Option.COUNT), 0, "Parts of the tower"),
          Option.optional("layers", Option.listOf(Option.listOf(Option.COUNT)), "Layers"));
  private static final Command RUN =
      new Command(
          "run",
          "Runs",
          List.of(
              Group.of(
                  "cfg",
                  "All",
                  Option.required("out", Option.PATH, "Result"),
                  SIZES,
                  Option.optional(
                      "model",
                      Option.object("M", Option.required("dir", Option.TEXT, "Folder")),
                      "Model"),
                  Option.optional("names", Option.listOf(Option.TEXT), "Names"),
                  Option.optional("prefix", Option.TEXT, "Prefix"))),
          List.of(Option.of("force", Option.SWITCH, false, "Replaces")),
          false);
  private static final Command SCRIPT =
      new Command(
          "a_script",
          "Scripted",
          List.of(
              Option.required("in_dir", Option.PATH, "Source"),
              Option.optional("words", Option.wordsOf(Option.TEXT), "Words"),
              Option.of("style", Option.choice("merge", "split"), "merge", "Style")),
          List.of(),
          true);
  private static final Family ROOT =
      new Family(
          "my-tool",
          "A tool",
          List.of(
              new Family("First", "The first", List.of(RUN, new Unsupported("go", "no going"))),
              SCRIPT));
  private static final String VARIABLES = "MY_TOOL_FIRST__RUN__";

  @TempDir private Path folder;
  private final Map<String, String> environment = new LinkedHashMap<>();

  private Request parse(String... args) {
    return new ArgumentParser(ROOT, environment).parse(List.of(args));
  }

  private Settings run(String... options) {
    List<String> args = new ArrayList<>(List.of("First", "run", "--cfg.out", "o"));
    args.addAll(List.of(options));
    Request request = parse(args.toArray(String[]::new));
    assertThat(request).isInstanceOf(Request.Run.class);
    return ((Request.Run) request).settings();
  }

  private List<String> problems(String... args) {
    Request request = parse(args);
    assertThat(request).isInstanceOf(Request.Refused.class);
    return ((Request.Refused) request).problems();
  }

  private String shown(String... args) {
    Request request = parse(args);
    assertThat(request).isInstanceOf(Request.Show.class);
    return ((Request.Show) request).text();
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  @Test
  void theLastOptionWins() {
    Settings settings = run("--cfg.sizes.tp", "2", "--cfg.sizes.tp=3");

    assertThat(settings.integer("cfg.sizes.tp")).isEqualTo(3);
    assertThat(settings.given("cfg.sizes.tp")).isTrue();
    assertThat(settings.given("cfg.sizes.vit")).isFalse();
  }

  @Test
  void configurationsCountWhereTheyStand() throws IOException {
    String file = file("a.yaml", "cfg: {sizes: {tp: 4, vit: 5}}");

    assertThat(run("--cfg.sizes.tp=2", "--config", file).integer("cfg.sizes.tp")).isEqualTo(4);
    assertThat(run("--config", file, "--cfg.sizes.tp=2").integer("cfg.sizes.tp")).isEqualTo(2);
    assertThat(run("--config", file, "--config={cfg: {sizes: {vit: 6}}}").integer("cfg.sizes.vit"))
        .isEqualTo(6);
  }

  @Test
  void jsonIsAConfiguration() throws IOException {
    String file = file("a.json", "{\n\t\"cfg\": {\n\t\t\"sizes\": {\"tp\": 7}\n\t}\n}");

    assertThat(run("--config", file).integer("cfg.sizes.tp")).isEqualTo(7);
  }

  @Test
  void groupsAreFilesOrMappings() throws IOException {
    String file = file("sizes.yaml", "tp: 4\n");

    assertThat(run("--cfg.sizes", file).integer("cfg.sizes.tp")).isEqualTo(4);
    Settings both = run("--cfg.sizes", file, "--cfg.sizes", "{vit: 2}", "--cfg.sizes.tp=5");
    assertThat(both.integer("cfg.sizes.tp")).isEqualTo(5);
    assertThat(both.integer("cfg.sizes.vit")).isEqualTo(2);
  }

  @Test
  void filesNameFilesBesideThem() throws IOException {
    file("inner.yaml", "tp: 9\n");
    String outer = file("outer.yaml", "cfg:\n  sizes: inner.yaml\n");

    assertThat(run("--config", outer).integer("cfg.sizes.tp")).isEqualTo(9);
  }

  @Test
  void listsAreExtended() {
    assertThat(run("--cfg.names+=a", "--cfg.names+", "[b, c]").texts("cfg.names"))
        .containsExactly("a", "b", "c");
    assertThat(
            run("--cfg.sizes.layers=[[1]]", "--cfg.sizes.layers+=[2]")
                .integerLists("cfg.sizes.layers"))
        .containsExactly(List.of(1), List.of(2));
    assertThat(
            run("--cfg.sizes.layers=[[1]]", "--cfg.sizes.layers+=[[2], [3]]")
                .integerLists("cfg.sizes.layers"))
        .containsExactly(List.of(1), List.of(2), List.of(3));
    assertThat(problems("First", "run", "--cfg.out=o", "--cfg.sizes.layers+=3"))
        .containsExactly("cfg.sizes.layers: element 1 must be a list, got 3");
    assertThat(problems("First", "run", "--cfg.out=o", "--cfg.sizes.tp+=3"))
        .containsExactly("cfg.sizes.tp: is no list, so that --cfg.sizes.tp+ cannot extend it");
  }

  @Test
  void membersOfObjectsHaveDottedNames() {
    assertThat(run("--cfg.model.dir", "x").value("cfg.model")).hasToString("{\"dir\":\"x\"}");
    assertThat(run("--cfg.model", "{dir: y}").value("cfg.model")).hasToString("{\"dir\":\"y\"}");
    assertThat(problems("First", "run", "--cfg.out=o", "--cfg.model={dri: y}"))
        .containsExactly("cfg.model: has no key dri; did you mean dir?");
    assertThat(problems("First", "run", "--cfg.out=o", "--cfg.model={}"))
        .containsExactly("cfg.model: lacks dir");
  }

  @Test
  void nullsTakeValuesBack() {
    assertThat(run("--cfg.prefix=a", "--cfg.prefix=null").textIfAny("cfg.prefix")).isEmpty();
    assertThat(problems("First", "run", "--cfg.out=o", "--config={cfg: {out: null}}"))
        .containsExactly("cfg.out: required, give --cfg.out");
    assertThat(problems("First", "run", "--cfg.out=o", "--config={cfg: {sizes: {tp: null}}}"))
        .containsExactly("cfg.sizes.tp: must not be null (in --config)");
    assertThat(problems("First", "run", "--cfg.out=o", "--config={cfg: {sizes: null}}"))
        .containsExactly("cfg.sizes: must be a mapping, got null (in --config)");
  }

  @Test
  void commandsOfFamiliesMayComeFromConfigurations() throws IOException {
    String root = file("root.yaml", "First:\n  run:\n    cfg:\n      out: r\n");
    assertThat(parse("--config", root)).isInstanceOf(Request.Run.class);
    assertThat(((Request.Run) parse("--config", root)).words()).containsExactly("First", "run");

    Request cli = parse("--config", root, "First", "run", "--cfg.out", "cli");
    assertThat(((Request.Run) cli).settings().text("cfg.out")).isEqualTo("cli");

    String several = "{First: {run: {cfg: {out: r}}}, a_script: {in_dir: d}}";
    assertThat(problems("--config", several))
        .containsExactly(
            "the configurations have settings for First, a_script; say which one is meant on the"
                + " command line or with the key subcommand");
    Request named =
        parse("--config", "{subcommand: a_script, First: {run: {}}, a_script: {in_dir: d}}");
    assertThat(((Request.Run) named).words()).containsExactly("a_script");
    assertThat(problems("--config", "{Frist: {run: {}}}", "First", "run", "--cfg.out=o"))
        .containsExactly("unknown key Frist (in --config); did you mean First?");
  }

  @Test
  void variablesCountOnlyWhenSwitchedOn() {
    environment.put(VARIABLES + "CFG__OUT", "env");
    for (String off : List.of("", "false", "1", "yes")) {
      environment.put("JSONARGPARSE_DEFAULT_ENV", off);
      assertThat(problems("First", "run")).containsExactly("cfg.out: required, give --cfg.out");
    }
    environment.put("JSONARGPARSE_DEFAULT_ENV", "True");
    assertThat(((Request.Run) parse("First", "run")).settings().text("cfg.out")).isEqualTo("env");
  }

  @Test
  void precedenceRisesFromVariablesToTheCommandLine() {
    environment.put("JSONARGPARSE_DEFAULT_ENV", "true");
    environment.put(VARIABLES + "CONFIG", "{cfg: {out: file, sizes: {tp: 2, vit: 3}}}");
    assertThat(((Request.Run) parse("First", "run")).settings().integer("cfg.sizes.tp"))
        .isEqualTo(2);

    environment.put(VARIABLES + "CFG__SIZES", "{tp: 4}");
    assertThat(run().integer("cfg.sizes.tp")).isEqualTo(4);
    environment.put(VARIABLES + "CFG__SIZES__TP", "5");
    assertThat(run().integer("cfg.sizes.tp")).isEqualTo(5);
    assertThat(run().integer("cfg.sizes.vit")).isEqualTo(3);
    environment.put("MY_TOOL_FIRST__CONFIG", "{run: {cfg: {sizes: {tp: 6}}}}");
    assertThat(run().integer("cfg.sizes.tp")).isEqualTo(6);
    environment.put("MY_TOOL_CONFIG", "{First: {run: {cfg: {sizes: {tp: 7}}}}}");
    assertThat(run().integer("cfg.sizes.tp")).isEqualTo(7);
    assertThat(run("--config={cfg: {sizes: {tp: 8}}}").integer("cfg.sizes.tp")).isEqualTo(8);
    assertThat(run("--cfg.sizes.tp=9").integer("cfg.sizes.tp")).isEqualTo(9);
  }

  @Test
  void variablesNameTheCommand() {
    environment.put("JSONARGPARSE_DEFAULT_ENV", "true");
    environment.put("MY_TOOL_SUBCOMMAND", "First");
    environment.put("MY_TOOL_FIRST__SUBCOMMAND", "run");
    environment.put(VARIABLES + "CFG__OUT", "env");
    environment.put("MY_TOOL_NOBODY_KNOWS", "x");

    assertThat(((Request.Run) parse()).words()).containsExactly("First", "run");
    assertThat(((Request.Run) parse("a_script", "--in_dir=x")).words()).containsExactly("a_script");
  }

  @Test
  void problemsOfVariablesNameThem() {
    environment.put("JSONARGPARSE_DEFAULT_ENV", "true");
    environment.put(VARIABLES + "CFG__OUT", "o");
    environment.put(VARIABLES + "CFG__SIZES__TP", "x");

    assertThat(problems("First", "run"))
        .containsExactly(
            "cfg.sizes.tp: must be an integer above 0, got \"x\" (in "
                + VARIABLES
                + "CFG__SIZES__TP)");
  }

  @Test
  void helpOfVariablesHasTwoLines() {
    environment.put("JSONARGPARSE_DEFAULT_ENV", "true");

    assertThat(shown("First", "run", "-h"))
        .contains("  ARG:   --cfg.out OUT\n  ENV:   MY_TOOL_FIRST__RUN__CFG__OUT\n")
        .contains("  ARG:   -h, --help     Show this help message and exit.\n")
        .contains("  ARG:   --config CONFIG\n  ENV:   MY_TOOL_FIRST__RUN__CONFIG\n")
        .contains("  ARG:   --force\n  ENV:   MY_TOOL_FIRST__RUN__FORCE\n");
    assertThat(shown("-h")).contains("  ENV:   MY_TOOL_SUBCOMMAND\n");
  }

  @Test
  void helpFitsTheTerminal() {
    environment.put("COLUMNS", "60");

    assertThat(shown("First", "run", "--help").lines().filter(l -> !l.contains("--cfg.")))
        .allMatch(line -> line.length() <= 60);
    assertThat(shown("First", "--help"))
        .contains("usage: my-tool [options] First [-h]")
        .contains("{run} ...")
        .contains("    run                 Runs\n")
        .doesNotContain("go");
  }

  @Test
  void scriptsTakeDashesWordsAndSwitches() {
    Request request = parse("a_script", "--in-dir", "d", "--words", "a", "b", "--style=split");
    Settings settings = ((Request.Run) request).settings();
    assertThat(settings.texts("words")).containsExactly("a", "b");
    assertThat(settings.text("style")).isEqualTo("split");
    assertThat(problems("a_script", "--in_dir=d", "--style", "cut"))
        .containsExactly("style: must be merge or split, got \"cut\"");
    assertThat(run("--force").flag("force")).isTrue();
    assertThat(run("--force=false").flag("force")).isFalse();
    assertThat(run().flag("force")).isFalse();
  }

  @Test
  void printedConfigurationsShowOwnOptionsOnlyWhenSet() {
    String plain = shown("First", "run", "--print_config");
    assertThat(plain)
        .isEqualTo(
            """
            cfg:
              out: null
              sizes:
                tp: 1
                vit: 0
                layers: null
              model: null
              names: null
              prefix: null
            """);
    assertThat(shown("First", "run", "--print_config=skip_null,skip_default", "--force"))
        .isEqualTo("force: true\n");
    assertThat(shown("--print_config=skip_null", "First", "run", "--cfg.out=x"))
        .startsWith("First:\n  run:\n    cfg:\n      out: x\n");
  }

  @Test
  void printedCommentsTellTypes() {
    assertThat(shown("First", "run", "--print_config=comments"))
        .startsWith(
            """
            # Runs

            # All
            cfg:

              # Result (required, type: <class 'Path'>)
              out:

              # Sizes
              sizes:

                # Parts (type: Annotated[int, Gt(gt=0)], default: 1)
                tp: 1
            """);
  }

  @Test
  void wrongFlagsAndPrintedProblems() {
    assertThat(problems("First", "run", "--print_config=all"))
        .containsExactly(
            "--print_config: flags must be out of comments, skip_default, skip_null, got all");
    assertThat(problems("First", "run", "--print_config", "--cfg.sizes.tp=x")).hasSize(1);
  }

  @Test
  void documentsThatUnfoldWithoutEndAreRefused() throws IOException {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
      bomb.append("a").append(i).append(": &a").append(i).append(" [");
      bomb.append(("*a" + (i - 1) + ", ").repeat(9)).append("*a").append(i - 1).append("]\n");
    }
    assertThat(problems("First", "run", "--config", file("bomb.yaml", bomb.toString())))
        .singleElement()
        .asString()
        .contains("bomb.yaml");
    String deep = "cfg: " + "[".repeat(10_000) + "]".repeat(10_000);
    assertThat(problems("First", "run", "--config", file("deep.yaml", deep))).hasSize(1);
    String self = "cfg: &a {sizes: *a}";
    assertThat(problems("First", "run", "--config", file("self.yaml", self))).hasSize(1);
    String tag = "cfg: {out: !!javax.script.ScriptEngineManager []}";
    assertThat(problems("First", "run", "--config", file("tag.yaml", tag))).hasSize(1);
  }

  @Test
  void filesThatCannotBeConfigurations() throws IOException {
    assertThat(problems("First", "run", "--config", folder.toString()))
        .containsExactly("--config: must name a configuration file, " + folder + " is a folder");
    String list = file("list.yaml", "- 1\n");
    assertThat(problems("First", "run", "--config", list))
        .containsExactly("--config: needs a mapping, but " + list + " is none");
    String empty = file("empty.yaml", "");
    assertThat(problems("First", "run", "--config", empty))
        .containsExactly("--config: needs a mapping, but " + empty + " is none");
    assertThat(problems("First", "run", "--config")).containsExactly("--config: needs a value");
  }

  @Test
  void wordsOfTheTreeAreUnique() {
    Command other = new Command("run", "Again", List.of(), List.of(), false);
    assertThatThrownBy(() -> new Family("F", "Twice", List.of(RUN, other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot have F run twice");
    assertThatThrownBy(
            () -> new OptionTable(new Command("c", "", List.of(SIZES, SIZES), List.of(), false)))
        .hasMessage("Cannot have the option sizes twice");
  }
}
