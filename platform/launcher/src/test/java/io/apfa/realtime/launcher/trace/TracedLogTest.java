package io.apfa.realtime.launcher.trace;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.runtime.trace.TracedLog;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class TracedLogTest {
  /** Writes lines as APFA_LOG_FORMAT=json does. */
  private static final class JsonLines extends AppenderBase<ILoggingEvent> {
    private final JsonEncoder encoder = new JsonEncoder();
    private final List<String> lines = new ArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      lines.add(new String(encoder.encode(event), StandardCharsets.UTF_8));
    }
  }

  @Test
  void shouldPutTheIdsOfATraceIntoTheJsonLinesOfItsWorkAndNoOther() {
    Logger logger = (Logger) LoggerFactory.getLogger(TracedLogTest.class);
    JsonLines json = new JsonLines();
    json.encoder.setContext(logger.getLoggerContext());
    json.encoder.start();
    json.start();
    logger.addAppender(json);
    try {
      TracedLog.run(new TraceContext(1, 2, 3), () -> logger.warn("inside"));
      logger.warn("outside");
    } finally {
      logger.detachAppender(json);
    }
    assertThat(json.lines.get(0))
        .contains("\"trace_id\":\"00000000000000010000000000000002\"")
        .contains("\"span_id\":\"0000000000000003\"");
    assertThat(json.lines.get(1)).doesNotContain("trace_id");
  }
}
