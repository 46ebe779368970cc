/** The command {@code mm-convert}. */
package io.sparkmm.convert.cli;
