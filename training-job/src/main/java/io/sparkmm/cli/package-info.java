/** The command {@code sparkmm}: finds the verb and runs it. */
package io.sparkmm.cli;
