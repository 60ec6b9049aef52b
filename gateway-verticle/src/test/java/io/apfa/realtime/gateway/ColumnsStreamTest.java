package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.client.ColumnsReader;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The live stream in columns: deltas for who is in step, whole frames for who is not. */
class ColumnsStreamTest {
  @Test
  void shouldGiveEveryoneTheSameTasksWhetherInStepOrNot() {
    try (TestGateway gateway = TestGateway.start()) {
      String uuid = UUID.randomUUID().toString();
      TestClient first = joined(gateway, null);
      ColumnsReader firstReader = new ColumnsReader();
      List<Task> heard = new ArrayList<>();
      List<Integer> sizes = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        publish(gateway, uuid, i);
        byte[] frame = first.nextBinary().getBytes();
        sizes.add(frame.length);
        heard.addAll(firstReader.read(frame).tasks());
      }
      assertThat(heard).extracting(Task::retries).containsExactly(0, 1, 2);
      assertThat(sizes.get(1)).isLessThan(sizes.get(0) / 2);

      TestClient late = joined(gateway, "e1:1");
      ColumnsReader lateReader = new ColumnsReader();
      List<Task> lateHeard = new ArrayList<>();
      publish(gateway, uuid, 3);
      while (lateHeard.size() < 3) {
        lateHeard.addAll(lateReader.read(late.nextBinary().getBytes()).tasks());
      }
      heard.addAll(firstReader.read(first.nextBinary().getBytes()).tasks());
      assertThat(lateHeard).isEqualTo(heard.subList(1, 4));
    }
  }

  private static TestClient joined(TestGateway gateway, String position) {
    TestClient client = gateway.connect();
    if (position == null) {
      client.register("celery:tasks", "encoding", "msgpack-columns");
    } else {
      client.register("celery:tasks", "encoding", "msgpack-columns", "position", position);
    }
    assertThat(client.next().getJsonObject("body").getString("encoding"))
        .isEqualTo("msgpack-columns");
    return client;
  }

  private static void publish(TestGateway gateway, String uuid, int retries) {
    gateway.owner.publish(
        Task.builder(uuid)
            .name("orders.add")
            .state("STARTED")
            .worker("w1@host")
            .args("(1, 2, 'a rather long list of arguments that is sent once')")
            .retries(retries)
            .timestampMillis(1_795_555_000_000L + retries)
            .build());
  }
}
