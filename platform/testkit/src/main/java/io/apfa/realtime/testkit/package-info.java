/**
 * What tests of every module share: manual time, real servers on free ports, captured Celery
 * events, and the architecture's rules. Test scope only.
 */
@NullMarked
package io.apfa.realtime.testkit;

import org.jspecify.annotations.NullMarked;
