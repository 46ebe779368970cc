/** How people look at prepared data: statistics of a data set, and its samples as a page. */
package io.sparkmm.data.inspect;
