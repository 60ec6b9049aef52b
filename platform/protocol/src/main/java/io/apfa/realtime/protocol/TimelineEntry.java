package io.apfa.realtime.protocol;

/**
 * One event in a task's history.
 *
 * <p>Immutable.
 *
 * @param type Celery's event type
 * @param hostname who sent it
 */
public record TimelineEntry(String type, long timestampMillis, String hostname) {}
