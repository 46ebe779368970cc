/** What a conversion made, written beside it, and the check of a folder against it. */
package io.sparkmm.convert.manifest;
