/**
 * Celery's events as data: decoders from wire bytes to records, the ring of what was heard, the
 * accounts of what was lost, redaction. Pure: no I/O, no clock, no Vert.x; time is an argument.
 */
@NullMarked
package io.apfa.realtime.bridge.event;

import org.jspecify.annotations.NullMarked;
