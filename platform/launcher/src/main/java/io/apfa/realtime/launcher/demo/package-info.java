/**
 * What {@code make run} needs when nobody brought a broker: a Redis of its own and something to
 * watch on it, both gone with the JVM however it ends. The workload is a real Celery where there is
 * one, else a generator that speaks the same wire. The simulated worker and producer are pure: time
 * is an argument and their effects are Redis commands.
 */
@NullMarked
package io.apfa.realtime.launcher.demo;

import org.jspecify.annotations.NullMarked;
