package io.apfa.realtime.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Sends commands to a Redis as a script would, one connection each. Immutable. */
final class RedisCli {
  private final int port;

  RedisCli(int port) {
    this.port = port;
  }

  /** Sends a command and returns the first line of its answer. */
  String call(String... words) throws IOException {
    return ask(false, words);
  }

  /** Sends a command that answers with one text; empty when there is none. */
  String text(String... words) throws IOException {
    return ask(true, words);
  }

  private String ask(boolean isText, String... words) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        OutputStream out = socket.getOutputStream();
        BufferedReader answers =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      StringBuilder command = new StringBuilder("*" + words.length + "\r\n");
      for (String word : words) {
        command
            .append('$')
            .append(word.getBytes(StandardCharsets.UTF_8).length)
            .append("\r\n")
            .append(word)
            .append("\r\n");
      }
      out.write(command.toString().getBytes(StandardCharsets.UTF_8));
      out.flush();
      String first = answers.readLine();
      boolean none = first == null || first.equals("$-1");
      return isText ? none ? "" : answers.readLine() : first;
    }
  }
}
