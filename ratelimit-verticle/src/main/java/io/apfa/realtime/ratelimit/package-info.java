/**
 * The rate-limit verticle: reads the limits from their file as it changes, announces the ones in
 * force to every node, and turns reported pressure into slower flushes. One leads under a lease;
 * the others stand by. The classes here wire; what is decided is decided in {@code policy}.
 */
@NullMarked
package io.apfa.realtime.ratelimit;

import org.jspecify.annotations.NullMarked;
