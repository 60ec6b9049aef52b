package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Times;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

class EventDecoderTest {
  private static final String STARTED =
      "{\"hostname\": \"w1@alpha\", \"utcoffset\": -6, \"pid\": 12, \"clock\": 7, \"uuid\": \"u1\","
          + " \"timestamp\": 1795555656.0670633, \"type\": \"task-started\"}";

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void shouldReadTheFieldsOfATaskEventAndIgnoreUtcoffset() {
    CeleryEvent.TaskEvent task =
        Decoded.ofJson(
                "{\"hostname\": \"w1@alpha\", \"utcoffset\": 5, \"pid\": 12, \"clock\": 7, \"uuid\":"
                    + " \"u1\", \"name\": \"orders.add\", \"args\": \"(2, 3)\", \"kwargs\": \"{}\","
                    + " \"root_id\": \"r\", \"parent_id\": null, \"retries\": 2, \"eta\":"
                    + " \"2026-11-24T21:27:42.880614+00:00\", \"expires\": null, \"queue\":"
                    + " \"celery\", \"exchange\": \"\", \"routing_key\": \"celery\","
                    + " \"timestamp\": 1795555656.0670633, \"type\": \"task-sent\"}")
            .task(0);

    assertThat(task.timestampMillis()).isEqualTo(1_795_555_656_067L);
    assertThat(task.receivedMillis()).isEqualTo(1_795_555_656_100L);
    assertThat(task.name()).isEqualTo("orders.add");
    assertThat(task.args()).isEqualTo("(2, 3)");
    assertThat(task.retries()).isEqualTo(2);
    assertThat(task.etaMillis()).isEqualTo(1_795_555_662_880L);
    assertThat(task.expiresMillis()).isEqualTo(Times.UNKNOWN_MILLIS);
    assertThat(task.rootId()).isEqualTo("r");
    assertThat(task.parentId()).isNull();
    assertThat(task.queue()).isEqualTo("celery");
    assertThat(task.progress()).isNull();
  }

  @Test
  void shouldTakeANullClockAndLargePids() {
    CeleryEvent.TaskEvent task =
        Decoded.ofJson(STARTED.replace("\"clock\": 7", "\"clock\": null")).task(0);
    assertThat(task.clock()).isEqualTo(-1);
    assertThat(task.pid()).isEqualTo(12);
  }

  @Test
  void shouldReadWorkerEventsAndIgnoreGossip() {
    Decoded decoded =
        Decoded.ofJson(
            "[{\"hostname\": \"w\u00fcrker@\u6771\u4eac\", \"pid\": 3, \"clock\": 1, \"freq\": 2.0,"
                + " \"active\": 1, \"processed\": 9, \"loadavg\": [0.61, 0.54, 0.22], \"sw_ident\":"
                + " \"py-celery\", \"sw_ver\": \"5.2.6\", \"sw_sys\": \"Linux\", \"timestamp\": 1.5,"
                + " \"type\": \"worker-heartbeat\"},"
                + "{\"hostname\": \"w\", \"timestamp\": 1, \"type\": \"worker-elect\", \"id\": 1},"
                + "{\"hostname\": \"w\", \"timestamp\": 1, \"type\": \"nodash\", \"uuid\": \"u\"},"
                + "{\"hostname\": \"w\", \"timestamp\": 1, \"type\": \"media-audit\", \"uuid\": \"u\"}]");
    assertThat(decoded.worker(0).hostname()).isEqualTo("w\u00fcrker@\u6771\u4eac");
    assertThat(decoded.worker(0).loadavg()).containsExactly(0.61, 0.54, 0.22);
    assertThat(decoded.worker(0).processed()).isEqualTo(9);
    assertThat(decoded.worker(0).poolSize()).isEqualTo(-1);
    assertThat(decoded.ignored).containsExactly("worker-elect", "nodash", "media-audit");
  }

  @Test
  void shouldKeepTheUsersFieldsOfACustomEventAsStrictJson() {
    CeleryEvent.TaskEvent task =
        Decoded.ofJson(
                "{\"hostname\": \"w\", \"timestamp\": 1, \"type\": \"task-progress\", \"uuid\": \"u\","
                    + " \"pct\": NaN, \"to\": -Infinity, \"big\": 1180591620717411303424, \"name\":"
                    + " \"mine\", \"nested\": {\"a\": [1, {\"b\": null}]}, \"lone\": \"\\ud83d\"}")
            .task(0);
    assertThat(task.name()).isNull();
    assertThat(task.progress())
        .isEqualTo(
            "{\"pct\":\"NaN\",\"to\":\"-Infinity\",\"big\":1180591620717411303424,\"name\":\"mine\","
                + "\"nested\":{\"a\":[1,{\"b\":null}]},\"lone\":\"\uFFFD\"}");
  }

  @Test
  void shouldLoseOnlyTheBadEventOfAList() {
    Decoded decoded =
        Decoded.ofJson(
            "["
                + STARTED
                + ", 5, null, \"x\", [1], {}, {\"type\": 3}, {\"type\": \"task-started\"},"
                + " {\"type\": \"task-started\", \"uuid\": \"u\"}, {\"type\": \"task-started\","
                + " \"uuid\": \"u\", \"hostname\": \"w\"}, {\"type\": \"task-started\", \"uuid\":"
                + " \"u\", \"hostname\": \"w\", \"timestamp\": NaN}, "
                + STARTED
                + "]");
    assertThat(decoded.events).hasSize(2);
    assertThat(decoded.malformed)
        .containsExactly(
            Malformed.NOT_AN_EVENT,
            Malformed.NOT_AN_EVENT,
            Malformed.NOT_AN_EVENT,
            Malformed.NOT_AN_EVENT,
            Malformed.NO_TYPE,
            Malformed.NO_TYPE,
            Malformed.NO_UUID,
            Malformed.NO_HOSTNAME,
            Malformed.NO_TIMESTAMP,
            Malformed.NO_TIMESTAMP);
  }

  @Test
  void shouldTakeAnEmptyListAndKeepWhatCameBeforeABreakInTheText() {
    assertThat(Decoded.ofJson("[]").malformed).isEmpty();
    Decoded broken = Decoded.ofJson("[" + STARTED + ", {\"type\": \"ta");
    assertThat(broken.events).hasSize(1);
    assertThat(broken.malformed).containsExactly(Malformed.BODY_SYNTAX);
  }

  @Test
  void shouldReadMsgpackAndYaml() throws IOException {
    MessageBufferPacker packer = MessagePack.newDefaultBufferPacker();
    packer.packMapHeader(7);
    packer.packString("hostname").packString("w1@alpha");
    packer.packString("uuid").packString("u1");
    packer.packString("timestamp").packDouble(1795555656.0670633);
    packer.packString("type").packString("task-progress");
    packer.packString("pct").packDouble(Double.NaN);
    packer.packString("raw").packBinaryHeader(2).addPayload(new byte[] {(byte) 0xff, 1});
    packer.packString("max").packBigInteger(new java.math.BigInteger("18446744073709551615"));
    CeleryEvent.TaskEvent packed =
        Decoded.ofBody(packer.toByteArray(), "application/x-msgpack", null).task(0);
    assertThat(packed.timestampMillis()).isEqualTo(1_795_555_656_067L);
    assertThat(packed.progress())
        .isEqualTo("{\"pct\":\"NaN\",\"raw\":\"/wE=\",\"max\":18446744073709551615}");

    CeleryEvent.TaskEvent yaml =
        Decoded.ofBody(
                utf8(
                    "clock: 7\nhostname: w1@alpha\nname: null\nretries: 0\nuuid: u1\ntimestamp:"
                        + " 1795555656.0670633\ntype: task-progress\na: &x [1, two]\nb: *x\nc:"
                        + " .nan\nd: 1.0e+20\ne: '012'\nf: !!python/object:os.system {x: 1}\n"),
                "application/x-yaml",
                null)
            .task(0);
    assertThat(yaml.clock()).isEqualTo(7);
    assertThat(yaml.progress())
        .isEqualTo(
            "{\"name\":null,\"retries\":0,\"a\":[1,\"two\"],\"b\":[1,\"two\"],\"c\":\"NaN\","
                + "\"d\":1.0E20,\"e\":\"012\",\"f\":{\"x\":1}}");
  }

  @Test
  void shouldBoundAnAliasBomb() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a").append(i).append(": &a").append(i).append(" [");
      bomb.append(("*a" + (i - 1) + ", ").repeat(9)).append("*a").append(i - 1).append("]\n");
    }
    assertThat(Decoded.ofBody(utf8(bomb.toString()), "application/x-yaml", null).malformed)
        .containsExactly(Malformed.TOO_LARGE);
  }

  @Test
  void shouldRefuseAPickleAndWhatCeleryDoesNotRegister() {
    assertThat(Decoded.ofBody(new byte[] {1}, "application/x-python-serialize", null).malformed)
        .containsExactly(Malformed.PICKLE);
    assertThat(Decoded.ofBody(utf8(STARTED), "text/html", null).malformed)
        .containsExactly(Malformed.CONTENT_TYPE);
  }

  @Test
  void shouldInflateZlibAndBzip2ButNotRealGzip() throws IOException {
    assertThat(compressed("application/x-gzip", DeflaterOutputStream::new).events).hasSize(1);
    assertThat(compressed("zlib", DeflaterOutputStream::new).events).hasSize(1);
    assertThat(compressed("application/x-bz2", BZip2CompressorOutputStream::new).events).hasSize(1);
    assertThat(compressed("application/x-gzip", GZIPOutputStream::new).malformed)
        .containsExactly(Malformed.COMPRESSION);
    assertThat(compressed("application/zstd", DeflaterOutputStream::new).malformed)
        .containsExactly(Malformed.COMPRESSION);
  }

  private interface Compressor {
    OutputStream over(OutputStream out) throws IOException;
  }

  private static Decoded compressed(String compression, Compressor compressor) throws IOException {
    return Decoded.ofBody(compress(utf8(STARTED), compressor), "application/json", compression);
  }

  private static byte[] compress(byte[] bytes, Compressor compressor) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream in = compressor.over(out)) {
      in.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void shouldStopInflatingAtTheBound() throws IOException {
    byte[] bomb =
        compress(new byte[MessageDecoder.DEFAULT_MAX_BODY_BYTES + 1], DeflaterOutputStream::new);
    assertThat(bomb.length).isLessThan(10_000);
    assertThat(Decoded.ofBody(bomb, "application/json", "zlib").malformed)
        .containsExactly(Malformed.TOO_LARGE);
  }

  @Test
  void shouldReadAPlainBodyAndLenientBase64() {
    String plain =
        "{\"body\": \""
            + STARTED.replace("\"", "\\\"")
            + "\", \"content-type\":"
            + " \"application/json\", \"properties\": {\"delivery_tag\": \"t\"}}";
    assertThat(Decoded.of(HeardMessage.envelope(utf8(plain), 1)).events).hasSize(1);

    String base64 = java.util.Base64.getMimeEncoder().encodeToString(utf8(STARTED));
    String lenient =
        "{\"body\": \""
            + base64.replace("\r\n", "\\n")
            + "\", \"content-type\":"
            + " \"application/json\", \"properties\": {\"delivery_tag\": \"t\","
            + " \"body_encoding\": \"base64\"}}";
    assertThat(Decoded.of(HeardMessage.envelope(utf8(lenient), 1)).events).hasSize(1);
  }

  @Test
  void shouldCountABadEnvelope() {
    for (String bad :
        new String[] {
          "{}",
          "[]",
          "5",
          "{\"body\": 5, \"properties\": {\"delivery_tag\": \"t\"}}",
          "{\"body\": \"e30=\", \"content-type\": \"application/json\"}",
          "{\"body\": \"e30=\", \"content-type\": \"application/json\", \"properties\": {}}"
        }) {
      assertThat(Decoded.of(HeardMessage.envelope(utf8(bad), 1)).malformed)
          .as(bad)
          .containsExactly(Malformed.ENVELOPE_SHAPE);
    }
    assertThat(Decoded.of(HeardMessage.envelope(utf8("garbage"), 1)).malformed)
        .containsExactly(Malformed.ENVELOPE_SYNTAX);
  }

  @Test
  void shouldReadABareBodyAsAmqpCarriesIt() {
    Decoded decoded =
        Decoded.of(HeardMessage.body(utf8(STARTED), "application/json", null, 5, 1, false));
    assertThat(decoded.task(0).uuid()).isEqualTo("u1");
  }

  @Test
  void shouldCutLongTextsAndRedactSecrets() {
    CeleryEvent.TaskEvent task =
        Decoded.ofJson(
                "{\"hostname\": \"w\", \"timestamp\": 1, \"type\": \"task-received\", \"uuid\": \"u\","
                    + " \"args\": \""
                    + "x".repeat(120_000)
                    + "\", \"kwargs\": \"{'password': 'hunter2', 'user': 'eve'}\"}")
            .task(0);
    assertThat(task.args()).hasSize(EventDecoder.MAX_TEXT_CHARS).endsWith("\u2026");
    assertThat(task.kwargs()).isEqualTo("{'password': '[redacted]', 'user': 'eve'}");
  }

  /** Celery takes any {@code task_id}; one that was a number made its task vanish. */
  @Test
  void shouldTakeATaskIdThatIsAWholeNumber() {
    String json = STARTED.replaceAll("\"uuid\": \"[^\"]*\"", "\"uuid\": 4711, \"root_id\": 12");

    CeleryEvent.TaskEvent task = Decoded.ofJson(json).task(0);

    assertThat(task.uuid()).isEqualTo("4711");
    assertThat(task.rootId()).isEqualTo("12");
  }
}
