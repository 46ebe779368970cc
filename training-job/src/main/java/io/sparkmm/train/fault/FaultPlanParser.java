package io.sparkmm.train.fault;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the text of a {@link FaultPlan}. */
final class FaultPlanParser {
  private static final Pattern CALL = Pattern.compile("([a-z_]+)\\s*\\(([^()]*)\\)");

  /** How a fault is made of its values. */
  private interface Maker {
    void make(Values values, Plan plan);
  }

  private record Form(List<String> keys, int required, Maker maker) {}

  private record Plan(List<Fault> faults, List<FaultPlan.RandomKills> random) {}

  private static final Map<String, Form> FORMS = forms();

  private static Map<String, Form> forms() {
    Map<String, Form> forms = new LinkedHashMap<>();
    forms.put(
        "kill",
        new Form(
            List.of("rank", "step", "during"),
            1,
            (values, plan) ->
                plan.faults.add(
                    new Fault.Kill(
                        values.number("rank", 0), killStep(values), values.moment("during")))));
    forms.put(
        "throw",
        new Form(
            List.of("rank", "step"),
            2,
            (values, plan) ->
                plan.faults.add(
                    new Fault.Throw(values.number("rank", 0), values.number("step", 1)))));
    forms.put(
        "stall",
        new Form(
            List.of("rank", "step", "seconds"),
            3,
            (values, plan) ->
                plan.faults.add(
                    new Fault.Stall(
                        values.number("rank", 0),
                        values.number("step", 1),
                        values.number("seconds", 1)))));
    forms.put(
        "slow",
        new Form(
            List.of("rank", "ms"),
            2,
            (values, plan) ->
                plan.faults.add(new Fault.Slow(values.number("rank", 0), values.number("ms", 1)))));
    forms.put(
        "disk_full",
        new Form(
            List.of("step"),
            1,
            (values, plan) -> plan.faults.add(new Fault.DiskFull(values.number("step", 1)))));
    forms.put(
        "corrupt",
        new Form(
            List.of("step", "file"),
            1,
            (values, plan) ->
                plan.faults.add(
                    new Fault.Corrupt(
                        values.number("step", 1), values.text("file", "__0_0.distcp")))));
    forms.put(
        "kill_random",
        new Form(
            List.of("every", "seed"),
            2,
            (values, plan) ->
                plan.random.add(
                    new FaultPlan.RandomKills(
                        values.number("every", 1), values.number("seed", 0)))));
    return forms;
  }

  FaultPlan parse(String text) {
    Plan plan = new Plan(new ArrayList<>(), new ArrayList<>());
    for (String word : Arrays.stream(text.split(";", -1)).map(String::strip).toList()) {
      if (!word.isEmpty()) {
        add(word, plan);
      }
    }
    return new FaultPlan(plan.faults, plan.random);
  }

  private static void add(String word, Plan plan) {
    Matcher call = CALL.matcher(word);
    if (!call.matches()) {
      throw refuse(word, "a fault is a name with values in parentheses");
    }
    Form form = FORMS.get(call.group(1));
    if (form == null) {
      throw refuse(word, "there is no fault of that name");
    }
    form.maker.make(new Values(word, form, call.group(2)), plan);
  }

  private static int killStep(Values values) {
    boolean export = values.moment("during") == Moment.EXPORT;
    if (export == values.has("step")) {
      throw refuse(values.word, export ? "an export has no step; leave it out" : "step is missing");
    }
    return export ? 0 : values.number("step", 1);
  }

  private static IllegalArgumentException refuse(String word, String reason) {
    String known =
        FORMS.entrySet().stream()
            .map(entry -> entry.getKey() + "(" + String.join(", ", entry.getValue().keys) + ")")
            .collect(Collectors.joining(", "));
    return new IllegalArgumentException(
        "Cannot read '" + word + "' in the fault plan: " + reason + "; known are " + known);
  }

  /** The values of one fault, by name or in the order of the form. */
  private static final class Values {
    private final String word;
    private final Map<String, String> values = new LinkedHashMap<>();

    Values(String word, Form form, String list) {
      this.word = word;
      List<String> parts =
          list.isBlank()
              ? List.of()
              : Arrays.stream(list.split(",", -1)).map(String::strip).toList();
      if (parts.size() > form.keys.size()) {
        throw refuse(word, "it has more than " + form.keys.size() + " values");
      }
      for (int i = 0; i < parts.size(); i++) {
        String part = parts.get(i);
        int equal = part.indexOf('=');
        String key = equal < 0 ? form.keys.get(i) : part.substring(0, equal).strip();
        if (!form.keys.contains(key)) {
          throw refuse(word, "it has no value " + key);
        }
        if (values.put(key, part.substring(equal + 1).strip()) != null) {
          throw refuse(word, key + " comes twice");
        }
      }
      for (String key : form.keys.subList(0, form.required)) {
        if (!has(key)) {
          throw refuse(word, key + " is missing");
        }
      }
    }

    boolean has(String key) {
      return values.containsKey(key);
    }

    int number(String key, int least) {
      String value = values.get(key);
      try {
        int number = Integer.parseInt(value);
        if (number >= least) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Refused below like a number that is too small.
      }
      throw refuse(word, key + " must be a whole number of at least " + least);
    }

    String text(String key, String otherwise) {
      return values.getOrDefault(key, otherwise);
    }

    Moment moment(String key) {
      if (!has(key)) {
        return Moment.STEP;
      }
      for (Moment moment : Moment.values()) {
        if (moment.text().equals(values.get(key))) {
          return moment;
        }
      }
      throw refuse(
          word,
          key
              + " must be one of "
              + Arrays.stream(Moment.values()).map(Moment::text).collect(Collectors.joining(", ")));
    }
  }
}
