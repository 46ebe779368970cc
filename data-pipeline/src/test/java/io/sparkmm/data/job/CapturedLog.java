package io.sparkmm.data.job;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;
import org.apache.spark.api.java.JavaSparkContext;

/** The messages that are logged below a name while this is open. */
final class CapturedLog implements AutoCloseable {
  private final String name;
  private final LoggerContext context;
  private final List<String> messages = new CopyOnWriteArrayList<>();

  private CapturedLog(String name) {
    this.name = name;
    this.context = (LoggerContext) LogManager.getContext(false);
  }

  static CapturedLog of(String name) {
    return of(name, TestSpark.local(2));
  }

  /** The same with a Spark that runs already: it replaces the settings when it starts. */
  static CapturedLog of(String name, JavaSparkContext started) {
    started.sc().version();
    CapturedLog log = new CapturedLog(name);
    AbstractAppender appender =
        new AbstractAppender("captured", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            log.messages.add(event.getMessage().getFormattedMessage());
          }
        };
    appender.start();
    LoggerConfig config = new LoggerConfig(name, Level.DEBUG, true);
    config.addAppender(appender, Level.DEBUG, null);
    log.context.getConfiguration().addLogger(name, config);
    log.context.updateLoggers();
    return log;
  }

  /** The first group of each message that matches as a whole. */
  List<String> matches(String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    return messages.stream()
        .map(compiled::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .toList();
  }

  @Override
  public void close() {
    context.getConfiguration().removeLogger(name);
    context.updateLoggers();
  }
}
