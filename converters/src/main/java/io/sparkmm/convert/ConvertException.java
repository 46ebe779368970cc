package io.sparkmm.convert;

import java.util.List;

/**
 * A conversion that cannot be done. It may carry several problems, so that one run tells all of
 * them; every problem names the option, file or tensor concerned.
 */
public final class ConvertException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Who is at fault; decides on the exit code of {@code mm-convert}. */
  public enum Kind {
    /** The options, or what they say about the model, are wrong: exit code 2. */
    USAGE(2),
    /** Files are missing, damaged or not what the options say: exit code 1. */
    DATA(1);

    private final int exitCode;

    Kind(int exitCode) {
      this.exitCode = exitCode;
    }

    /** The exit code of {@code mm-convert}. */
    public int exitCode() {
      return exitCode;
    }
  }

  private final Kind kind;
  private final List<String> problems;

  private ConvertException(Kind kind, List<String> problems, Throwable cause) {
    super(String.join(System.lineSeparator(), problems), cause);
    this.kind = kind;
    this.problems = List.copyOf(problems);
  }

  /** Wrong options, one text per problem. */
  public static ConvertException usage(List<String> problems) {
    return new ConvertException(Kind.USAGE, problems, null);
  }

  /** One wrong option. */
  public static ConvertException usage(String problem) {
    return usage(List.of(problem));
  }

  /** Data at fault, one text per problem. */
  public static ConvertException data(List<String> problems) {
    return new ConvertException(Kind.DATA, problems, null);
  }

  /** One problem of the data. */
  public static ConvertException data(String problem) {
    return data(List.of(problem));
  }

  /** One problem of the data with what caused it. */
  public static ConvertException data(String problem, Throwable cause) {
    return new ConvertException(Kind.DATA, List.of(problem), cause);
  }

  /** Who is at fault. */
  public Kind kind() {
    return kind;
  }

  /** At least one text, in the order found. */
  public List<String> problems() {
    return problems;
  }
}
