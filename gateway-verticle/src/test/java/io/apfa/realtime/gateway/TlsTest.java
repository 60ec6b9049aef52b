package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.net.SelfSignedCertificate;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS on the public port, and a certificate that changes while it serves. */
class TlsTest {
  @TempDir private Path folder;

  @Test
  void shouldServeTheNewCertificateOnceItsFilesChange() throws Exception {
    SelfSignedCertificate first = SelfSignedCertificate.create("first.example");
    SelfSignedCertificate second = SelfSignedCertificate.create("second.example");
    Path cert = folder.resolve("tls.crt");
    Path key = folder.resolve("tls.key");
    copy(first, cert, key);
    try (TestGateway gateway =
        TestGateway.start(
            Map.of(
                "gateway.http.tls.cert", cert.toString(),
                "gateway.http.tls.key", key.toString()))) {
      assertThat(served(gateway.port())).contains("first.example");
      copy(second, cert, key);
      Files.setLastModifiedTime(cert, FileTime.fromMillis(System.currentTimeMillis() + 10_000));
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> served(gateway.port()).contains("second.example"));
    } finally {
      first.delete();
      second.delete();
    }
  }

  private static void copy(SelfSignedCertificate from, Path cert, Path key) throws Exception {
    Files.copy(Path.of(from.certificatePath()), cert, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(Path.of(from.privateKeyPath()), key, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The subject of the certificate that is served now. */
  private static String served(int port) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAnyone()}, null);
    try (SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket.startHandshake();
      X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return shown.getSubjectX500Principal().getName();
    }
  }

  private static final class TrustAnyone implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      // the test looks at the certificate itself
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // the test looks at the certificate itself
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
