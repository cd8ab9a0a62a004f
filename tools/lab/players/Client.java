import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
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
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A TLS client over Java's own JSSE. Asks for a page and leaves; says what went wrong on its standard error.
 *
 * <p>java Client.java --host ADDRESS --port N --name NAME --authority FILE [--certificate FILE --key FILE] [--versions TLSv1.2,TLSv1.3]
 * [--give-up SECONDS]
 */
public class Client {
  public static void main(String[] words) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int at = 0; at + 1 < words.length; at += 2) {
      options.put(words[at], words[at + 1]);
    }
    String name = options.getOrDefault("--name", "www.example.com");
    int port = Integer.parseInt(options.getOrDefault("--port", "8443"));
    int giveUp = (int) (1000 * Double.parseDouble(options.getOrDefault("--give-up", "5")));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys(options), trust(options), null);
    Socket plain = new Socket();
    try {
      plain.connect(new InetSocketAddress(options.getOrDefault("--host", "198.51.100.80"), port), giveUp);
      plain.setSoTimeout(giveUp);
      plain.setTcpNoDelay(true);
      SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(plain, name, port, true);
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setProtocols(options.getOrDefault("--versions", "TLSv1.2,TLSv1.3").split(","));
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      tls.setSSLParameters(parameters);
      tls.startHandshake();
      OutputStream out = tls.getOutputStream();
      out.write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
      InputStream in = tls.getInputStream();
      in.transferTo(OutputStream.nullOutputStream());
      tls.close();
    } catch (java.io.IOException problem) {
      System.err.println("error: " + problem);
      plain.close();
      System.exit(1);
    }
  }

  private static javax.net.ssl.TrustManager[] trust(Map<String, String> options) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int number = 0;
    for (Certificate one : certificates(options.getOrDefault("--authority", "rootCA.crt"))) {
      store.setCertificateEntry("authority" + number++, one);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static javax.net.ssl.KeyManager[] keys(Map<String, String> options) throws Exception {
    if (!options.containsKey("--certificate")) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    String text = Files.readString(Path.of(options.get("--key"))).replaceAll("-----[A-Z ]+-----|\\s", "");
    PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    store.setKeyEntry("own", key, new char[0], certificates(options.get("--certificate")));
    KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private static Certificate[] certificates(String file) throws Exception {
    byte[] text = Files.readAllBytes(Path.of(file));
    return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(text)).toArray(new Certificate[0]);
  }
}
