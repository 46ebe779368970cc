package io.sparkmm.data.job;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/**
 * The verb {@code prepare} in a JVM that is halted, as if the machine had lost power, when a
 * message is logged for the n-th time. Messages are logged by the thread that does the work, so the
 * point is exact.
 */
public final class HaltingPrepare {
  static final int HALTED = 77;

  private HaltingPrepare() {}

  /** Arguments: the beginning of the message, how many times, and those of the verb. */
  public static void main(String[] args) {
    LoggerContext context = (LoggerContext) LogManager.getContext(false);
    Halt halt = new Halt(args[0], Integer.parseInt(args[1]));
    halt.start();
    context.getConfiguration().getLoggerConfig("io.sparkmm").addAppender(halt, null, null);
    context.updateLoggers();
    System.exit(PrepareMain.run(Arrays.copyOfRange(args, 2, args.length)));
  }

  private static final class Halt extends AbstractAppender {
    private final String message;
    private final int times;
    private final AtomicInteger seen = new AtomicInteger();

    Halt(String message, int times) {
      super("halt", null, null, true, Property.EMPTY_ARRAY);
      this.message = message;
      this.times = times;
    }

    @Override
    public void append(LogEvent event) {
      if (event.getMessage().getFormattedMessage().startsWith(message)
          && seen.incrementAndGet() == times) {
        Runtime.getRuntime().halt(HALTED);
      }
    }
  }
}
