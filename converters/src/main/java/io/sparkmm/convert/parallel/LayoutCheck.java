package io.sparkmm.convert.parallel;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** Finds all that is wrong with a layout at once, by option names. */
public final class LayoutCheck {

  /**
   * How the options say it and what is to be done with it.
   *
   * @param prefix what stands before the option names, such as {@code cfg.parallel_config}
   * @param nested whether lists are told as nested ones
   * @param edgeCloud whether the pipeline is that of {@code hf_to_mm_ldt}
   * @param written whether the layout is to be written: then data must be able to flow through it
   */
  public record Use(String prefix, boolean nested, boolean edgeCloud, boolean written) {

    /** The group of options of the commands that have only one layout. */
    private static final String OPTIONS = "cfg.parallel_config";

    /** A layout with nested lists that is to be written. */
    public static Use writing(boolean edgeCloud) {
      return new Use(OPTIONS, true, edgeCloud, true);
    }

    /** A layout with flat lists that is to be read. */
    public static final Use READING = new Use(OPTIONS, false, false, false);
  }

  private final ParallelLayout layout;
  private final LayoutLimits limits;
  private final Use use;
  private final List<String> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private LayoutCheck(ParallelLayout layout, LayoutLimits limits, Use use) {
    this.layout = layout;
    this.limits = limits;
    this.use = use;
  }

  /** Checks a layout. */
  public static LayoutFindings check(ParallelLayout layout, LayoutLimits limits, Use use) {
    LayoutCheck check = new LayoutCheck(layout, limits, use);
    check.run();
    return new LayoutFindings(check.problems, check.warnings);
  }

  /** Checks the form of one list, for when the rest of the layout is not known. */
  public static List<String> checkList(Modality modality, List<List<Integer>> lists, Use use) {
    ParallelLayout layout = new ParallelLayout(lists, lists, Optional.of(lists), 1, 0, 0, 1);
    LayoutCheck check = new LayoutCheck(layout, LayoutLimits.UNKNOWN, use);
    check.checkList(modality);
    return List.copyOf(check.problems);
  }

  private void run() {
    Set<Modality> sound = EnumSet.noneOf(Modality.class);
    for (Modality modality : Modality.values()) {
      checkPresence(modality);
      if (layout.layers(modality).isPresent() && checkList(modality)) {
        sound.add(modality);
        checkSum(modality);
      }
    }
    if (sound.contains(Modality.TEXT)) {
      sound.stream().filter(modality -> modality != Modality.TEXT).forEach(this::checkLength);
      if (sound.contains(Modality.VISION) && use.written()) {
        checkOrder();
      }
    }
    checkSizes();
  }

  private void checkPresence(Modality modality) {
    boolean given = layout.layers(modality).isPresent();
    boolean known = !limits.layers().isEmpty();
    if (known && !given && limits.layers().containsKey(modality)) {
      problems.add(option(modality) + " is required for this model");
    }
    if (known && given && !limits.layers().containsKey(modality)) {
      problems.add(
          option(modality) + " is given, but the model has no " + modality.option() + " layers");
    }
  }

  /** Whether the list of a modality has a form that can be worked with. */
  private boolean checkList(Modality modality) {
    List<List<Integer>> lists = layout.layers(modality).orElseThrow();
    Set<Integer> lengths = new TreeSet<>();
    lists.forEach(list -> lengths.add(list.size()));
    if (lists.isEmpty() || lengths.contains(0)) {
      problems.add(told(modality) + " must have at least one stage");
      return false;
    }
    if (lengths.size() > 1) {
      problems.add(told(modality) + ": inner lists must have equal length, got " + lengths);
      return false;
    }
    List<Integer> counts = StageMap.flat(lists);
    if (counts.stream().anyMatch(count -> count < 0)) {
      problems.add(told(modality) + ": a number of layers must not be negative");
      return false;
    }
    if (counts.stream().allMatch(count -> count == 0)) {
      problems.add(told(modality) + ": at least one stage must have layers");
      return false;
    }
    return true;
  }

  private void checkSum(Modality modality) {
    Integer expected = limits.layers().get(modality);
    int sum = counts(modality).stream().mapToInt(Integer::intValue).sum();
    if (expected != null && sum != expected) {
      problems.add(
          told(modality)
              + " has "
              + sum
              + " layers in all, but the model has "
              + expected
              + " (config.json)");
    }
  }

  private void checkLength(Modality modality) {
    int length = counts(modality).size();
    int stages = counts(Modality.TEXT).size();
    if (length == stages) {
      return;
    }
    String difference =
        told(modality)
            + " has "
            + stages(length)
            + ", "
            + told(Modality.TEXT)
            + " has "
            + stages(stages);
    if (length > stages) {
      problems.add(difference + ": it must not be longer");
    } else if (use.edgeCloud()) {
      warnings.add(difference + ": the stages after them hold none of it");
    } else if (stages % length != 0) {
      problems.add(difference + ": the one number must divide the other");
    } else {
      warnings.add(difference + ": it is repeated " + stages / length + " times");
    }
  }

  private static String stages(int count) {
    return count == 1 ? "1 stage" : count + " stages";
  }

  private void checkOrder() {
    List<Integer> vision = counts(Modality.VISION);
    List<Integer> text = counts(Modality.TEXT);
    int last = StageMap.lastFilled(vision);
    int devices = layout.pp();
    int filled = StageMap.firstFilled(text);
    int first = use.edgeCloud() ? filled / devices * devices : filled;
    if (vision.size() == text.size() && last > first) {
      problems.add(
          told(Modality.VISION)
              + " reaches to stage "
              + last
              + ", but "
              + told(Modality.TEXT)
              + " begins on stage "
              + first
              + ": the vision tower must end before the language model begins, or on the same"
              + " stage");
    }
  }

  private void checkSizes() {
    checkSize(Modality.TEXT, layout.tp(), 1);
    checkSize(Modality.VISION, layout.vitTp(), 0);
    checkSize(Modality.AUDIO, layout.audioTp(), 0);
    if (layout.ep() < 1) {
      problems.add(option("ep_size") + " must be at least 1, got " + layout.ep());
    }
    if (layout.tp() < 1 || layout.vitTp() < 0 || layout.audioTp() < 0 || layout.ep() < 1) {
      return;
    }
    TensorParallel tensors = TensorParallel.of(layout);
    checkLargest(tensors.ranks());
    checkDivisible(
        Modality.TEXT, asLong(limits.kvHeads()), "key/value heads (num_key_value_heads)");
    checkDivisible(Modality.VISION, asLong(limits.visionHeads()), "heads of the vision tower");
    checkDivisible(Modality.TEXT, limits.vocabulary(), "rows of the vocabulary (vocab_size)");
    int experts = limits.experts().orElse(0);
    if (layout.ep() > 1
        && limits.experts().isPresent()
        && (experts == 0 || experts % layout.ep() != 0)) {
      problems.add(
          option("ep_size")
              + " "
              + layout.ep()
              + (experts == 0
                  ? ": the model has no experts"
                  : " does not divide the " + experts + " experts of the model"));
    }
  }

  private void checkSize(Modality modality, int size, int least) {
    if (size < least) {
      problems.add(tpOption(modality) + " must be at least " + least + ", got " + size);
    }
  }

  private void checkLargest(int largest) {
    for (Modality modality : Modality.values()) {
      int size = own(modality);
      if (size != 0 && largest % size != 0) {
        problems.add(
            tpOption(modality)
                + " "
                + size
                + " does not divide "
                + largest
                + ", the largest of tp_size "
                + layout.tp()
                + ", vit_tp_size "
                + layout.vitTp()
                + ", audio_tp_size "
                + layout.audioTp());
      }
    }
  }

  private static OptionalLong asLong(OptionalInt value) {
    return value.isPresent() ? OptionalLong.of(value.getAsInt()) : OptionalLong.empty();
  }

  private void checkDivisible(Modality modality, OptionalLong count, String what) {
    int size = TensorParallel.of(layout).size(modality);
    if (count.isPresent() && count.getAsLong() % size != 0) {
      Modality named = own(modality) == 0 ? Modality.TEXT : modality;
      problems.add(
          tpOption(named)
              + " "
              + size
              + ": the "
              + count.getAsLong()
              + " "
              + what
              + " of the model are not divisible by it");
    }
  }

  private int own(Modality modality) {
    return switch (modality) {
      case TEXT -> layout.tp();
      case VISION -> layout.vitTp();
      case AUDIO -> layout.audioTp();
    };
  }

  private List<Integer> counts(Modality modality) {
    return StageMap.flat(layout.layers(modality).orElseThrow());
  }

  private String option(Modality modality) {
    return option(modality.option() + "_pp_layers");
  }

  private String tpOption(Modality modality) {
    return option(modality == Modality.TEXT ? "tp_size" : modality.option() + "_tp_size");
  }

  private String option(String name) {
    return use.prefix() + "." + name;
  }

  /** Option and value, as the user wrote it. */
  private String told(Modality modality) {
    Optional<List<List<Integer>>> lists = layout.layers(modality);
    boolean flat = !use.nested() && lists.orElseThrow().size() == 1;
    Object value = flat ? lists.orElseThrow().get(0) : lists.orElseThrow();
    return option(modality) + " " + value.toString().replace(" ", "");
  }
}
