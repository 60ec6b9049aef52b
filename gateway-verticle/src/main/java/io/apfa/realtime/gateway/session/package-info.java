/**
 * The pure core of the gateway: sessions with their outboxes and permits, rooms as filters of a
 * source's stream, positions and recovery. Time is an argument, the network an interface; nothing
 * here knows Vert.x.
 */
@NullMarked
package io.apfa.realtime.gateway.session;

import org.jspecify.annotations.NullMarked;
