/**
 * The broadcaster verticle: it owns sources. For each one it competes for the lease, and while it
 * holds it merges the bridge's events into the task table, logs what changed and only then sends it
 * to the gateway nodes that want it. Decisions are in {@code room}; here is the wiring to the
 * store, the bus and the timers.
 */
@NullMarked
package io.apfa.realtime.broadcaster;

import org.jspecify.annotations.NullMarked;
