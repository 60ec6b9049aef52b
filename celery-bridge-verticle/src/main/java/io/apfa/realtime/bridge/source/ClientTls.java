package io.apfa.realtime.bridge.source;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS to a broker, by the words that Celery's URLs have for it: {@code ssl_cert_reqs=none} checks
 * nothing, {@code ssl_ca_certs=FILE} trusts that CA instead of the JDK's, {@code
 * ssl_check_hostname=false} takes a certificate of another host, {@code ssl_certfile=FILE} and
 * {@code ssl_keyfile=FILE} are ours. Files are PEM. Without any, the certificate is checked against
 * the JDK's CAs and the host name.
 *
 * <p>Immutable.
 */
final class ClientTls {
  private static final String PROTOCOL = "TLSv1.2";

  private final boolean trustsAll;
  private final boolean checksHostname;
  private final @Nullable PemTrustOptions trust;
  private final @Nullable PemKeyCertOptions own;

  private ClientTls(
      boolean trustsAll,
      boolean checksHostname,
      @Nullable PemTrustOptions trust,
      @Nullable PemKeyCertOptions own) {
    this.trustsAll = trustsAll;
    this.checksHostname = checksHostname;
    this.trust = trust;
    this.own = own;
  }

  /** By the parameters of a broker's URL; others are ignored. */
  static ClientTls of(Map<String, String> query) {
    String required = query.getOrDefault("ssl_cert_reqs", "required").toLowerCase(Locale.ROOT);
    boolean trustsAll = required.endsWith("none");
    String check = query.getOrDefault("ssl_check_hostname", "true").toLowerCase(Locale.ROOT);
    String ca = query.get("ssl_ca_certs");
    String certificate = query.get("ssl_certfile");
    String key = query.get("ssl_keyfile");
    return new ClientTls(
        trustsAll,
        !trustsAll && !check.equals("false"),
        ca == null ? null : new PemTrustOptions().addCertPath(ca),
        certificate == null || key == null
            ? null
            : new PemKeyCertOptions().addCertPath(certificate).addKeyPath(key));
  }

  boolean checksHostname() {
    return checksHostname;
  }

  /** Makes {@code options} speak TLS. */
  void applyTo(NetClientOptions options) {
    options
        .setSsl(true)
        .setTrustAll(trustsAll)
        .setHostnameVerificationAlgorithm(checksHostname ? "HTTPS" : "");
    if (trust != null && !trustsAll) {
      options.setTrustOptions(trust);
    }
    if (own != null) {
      options.setKeyCertOptions(own);
    }
  }

  /**
   * A context for clients that know the JDK's TLS only; it reads the files, so not on an event
   * loop.
   *
   * @throws GeneralSecurityException when a file cannot be read, or is not what it should be
   */
  SSLContext context(Vertx vertx) throws GeneralSecurityException {
    try {
      KeyManager[] keys = own == null ? null : own.getKeyManagerFactory(vertx).getKeyManagers();
      TrustManager[] trusted = null;
      if (trustsAll) {
        trusted = new TrustManager[] {new com.rabbitmq.client.TrustEverythingTrustManager()};
      } else if (trust != null) {
        trusted = trust.getTrustManagerFactory(vertx).getTrustManagers();
      }
      SSLContext context = SSLContext.getInstance(PROTOCOL);
      context.init(keys, trusted, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw e;
    } catch (Exception e) {
      throw new GeneralSecurityException("reading the TLS files", e);
    }
  }
}
