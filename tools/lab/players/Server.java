import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * A TLS server over Java's own JSSE: a page and goodbye for each client.
 *
 * <p>java Server.java --port N --certificate FILE --key FILE [--client-authority FILE] [--versions TLSv1.2,TLSv1.3]
 */
public class Server {
  public static void main(String[] words) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int at = 0; at + 1 < words.length; at += 2) {
      options.put(words[at], words[at + 1]);
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys(options), trust(options), null);
    int port = Integer.parseInt(options.getOrDefault("--port", "8443"));
    SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(port);
    server.setEnabledProtocols(options.getOrDefault("--versions", "TLSv1.2,TLSv1.3").split(","));
    server.setNeedClientAuth(options.containsKey("--client-authority"));
    while (true) {
      try (SSLSocket one = (SSLSocket) server.accept()) {
        serve(one);
      } catch (IOException problem) {
        System.err.println("error: " + problem);
      }
    }
  }

  private static void serve(SSLSocket one) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(one.getInputStream(), StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
      // A request ends with an empty line.
    }
    one.getOutputStream().write("HTTP/1.0 200 OK\r\n\r\nthat was all\n".getBytes(StandardCharsets.US_ASCII));
  }

  private static TrustManager[] trust(Map<String, String> options) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    if (options.containsKey("--client-authority")) {
      store.setCertificateEntry("authority", certificates(options.get("--client-authority"))[0]);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static javax.net.ssl.KeyManager[] keys(Map<String, String> options) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    String text = Files.readString(Path.of(options.getOrDefault("--key", "server.key"))).replaceAll("-----[A-Z ]+-----|\\s", "");
    PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    store.setKeyEntry("own", key, new char[0], certificates(options.getOrDefault("--certificate", "server.chain")));
    KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private static Certificate[] certificates(String file) throws Exception {
    byte[] text = Files.readAllBytes(Path.of(file));
    return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(text)).toArray(new Certificate[0]);
  }
}
