/**
 * How one of our verticles lives: its node, ticker and clock, options, the typed bus, the directory
 * of who is here, the limits in force. Small on purpose; it is not a drawer for leftovers.
 */
@NullMarked
package io.apfa.realtime.runtime;

import org.jspecify.annotations.NullMarked;
