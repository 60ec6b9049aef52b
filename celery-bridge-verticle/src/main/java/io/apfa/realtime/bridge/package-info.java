/**
 * The Celery bridge: it hears every event of a Celery app on its broker, hands them to the owner of
 * the source in acknowledged batches, and carries commands to Celery's workers. One bridge forwards
 * a source under a fenced lease; the others stand by with what they heard.
 */
@NullMarked
package io.apfa.realtime.bridge;

import org.jspecify.annotations.NullMarked;
