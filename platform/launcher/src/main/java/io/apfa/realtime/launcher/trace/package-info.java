/**
 * Sends this node's spans to an OpenTelemetry collector, over OTLP and HTTP. The only package that
 * knows OpenTelemetry; nothing of it is loaded while tracing is off.
 */
@NullMarked
package io.apfa.realtime.launcher.trace;

import org.jspecify.annotations.NullMarked;
