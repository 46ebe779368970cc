package io.sparkmm.convert.args;

/**
 * A word that others know. No help shows it; using it is an error with a message of its own.
 *
 * @param name the word
 * @param message what to say
 */
public record Unsupported(String name, String message) implements Node {}
