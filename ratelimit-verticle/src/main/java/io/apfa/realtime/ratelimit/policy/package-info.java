/**
 * Decisions about limits: what a limits file means, which version is in force, who gets how many
 * permits, how fast a source may flush. Pure: no I/O, no clock, no Vert.x.
 */
@NullMarked
package io.apfa.realtime.ratelimit.policy;

import org.jspecify.annotations.NullMarked;
