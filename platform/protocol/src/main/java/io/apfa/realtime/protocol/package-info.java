/**
 * The language of the system: sources, rooms, stream positions, tasks and the updates that rooms
 * carry. Everything here is a value without behaviour of its own; there is no verticle, no I/O and
 * no clock. Every other module imports it; it imports nothing of ours.
 */
@NullMarked
package io.apfa.realtime.protocol;

import org.jspecify.annotations.NullMarked;
