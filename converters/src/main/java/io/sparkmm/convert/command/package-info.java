/** The conversions as the commands of {@code mm-convert} ask for them: typed options and plans. */
package io.sparkmm.convert.command;
