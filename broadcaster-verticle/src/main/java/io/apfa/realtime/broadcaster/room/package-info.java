/**
 * One source's rooms, pure: merge rules, the task table with its indexes, groups, workers, queues,
 * commands, and what of them is waiting to be logged. No I/O, no clock: time is an argument.
 */
@NullMarked
package io.apfa.realtime.broadcaster.room;

import org.jspecify.annotations.NullMarked;
