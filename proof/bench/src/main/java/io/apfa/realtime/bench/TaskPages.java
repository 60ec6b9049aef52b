package io.apfa.realtime.bench;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code /api/v1/tasks} says of a source's table and stream. */
final class TaskPages {
  private static final Pattern TOTAL = Pattern.compile("\"total\":(\\d+)");
  private static final Pattern OFFSET = Pattern.compile("\"position\":\"[^\"]*:(\\d+)\"");

  private TaskPages() {}

  /** Tasks in the table. */
  static long total(int httpPort) throws IOException, InterruptedException {
    return number(TOTAL, httpPort);
  }

  /** Updates the stream has had. */
  static long offset(int httpPort) throws IOException, InterruptedException {
    return number(OFFSET, httpPort);
  }

  private static long number(Pattern pattern, int httpPort)
      throws IOException, InterruptedException {
    String page = ServerProcess.get("http://127.0.0.1:" + httpPort + "/api/v1/tasks?limit=1");
    Matcher found = pattern.matcher(page);
    if (!found.find()) {
      throw new IOException("no " + pattern + " in: " + page);
    }
    return Long.parseLong(found.group(1));
  }
}
