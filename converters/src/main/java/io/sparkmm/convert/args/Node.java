package io.sparkmm.convert.args;

/** A word of the command line below the program's name. */
public sealed interface Node permits Family, Command, Unsupported {

  /** The word. */
  String name();
}
