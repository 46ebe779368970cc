package io.sparkmm.convert.args;

/** A key of a command's configuration. */
public sealed interface Entry permits Option, Group {

  /** The key, one part of dotted names. */
  String name();

  /** What it is for, in one line. */
  String description();
}
