package io.sparkmm.convert.execute;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.plan.ConversionPlan;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A conversion in a process of its own that stops for good at a point, for being killed there.
 * Arguments: model, target, {@code release} or {@code plain}, ranks, whether to overwrite, number
 * of the point, counted from 1, 0 for none.
 */
final class HaltingConversion {

  /** What it prints when it has reached its point. */
  static final String HERE = "here ";

  private HaltingConversion() {}

  /** Exit code 0: done; 3: refused, with the message on standard output. */
  public static void main(String[] args) {
    int point = Integer.parseInt(args[5]);
    ConversionListener.Step first = ConversionListener.Step.valueOf(args[6]);
    AtomicInteger passed = new AtomicInteger();
    ConversionListener listener =
        new ConversionListener() {
          @Override
          public void advanced(long bytes) {
            if (first == Step.FILE_WRITTEN) {
              pass("advanced");
            }
          }

          @Override
          public void reached(Step step, String what) {
            if (step.compareTo(first) >= 0) {
              pass(step + " " + what);
            }
          }

          private void pass(String name) {
            if (passed.incrementAndGet() == point) {
              System.out.println(HERE + name);
              System.out.flush();
              while (true) {
                LockSupport.park();
              }
            }
          }
        };
    ExecutionOptions options =
        ExecutionOptions.defaults()
            .withThreads(1)
            .withOverwrite(Boolean.parseBoolean(args[4]))
            .withListener(listener);
    try {
      PlanExecutor.execute(plan(args), options);
    } catch (ConvertException e) {
      System.out.println(e.getMessage());
      System.exit(3);
    }
  }

  static ConversionPlan plan(String... args) {
    Path model = Path.of(args[0]);
    Path target = Path.of(args[1]);
    int ranks = Integer.parseInt(args[3]);
    return args[2].equals("release")
        ? SamplePlans.release(model, target, ranks)
        : SamplePlans.plain(model, target, ranks);
  }
}
