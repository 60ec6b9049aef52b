/**
 * The only place that knows all four verticles: the command line, configuration, the cluster, the
 * embedded default, health and metrics, and the order of starting and stopping.
 */
@NullMarked
package io.apfa.realtime.launcher;

import org.jspecify.annotations.NullMarked;
