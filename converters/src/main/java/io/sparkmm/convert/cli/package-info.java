/** The command {@code mm-convert}: its commands, their options and checks. */
package io.sparkmm.convert.cli;
