package dev.nest.host;

import dev.nest.host.http.Loop;
import dev.nest.host.sandbox.Failure;
import dev.nest.host.sandbox.Order;
import dev.nest.host.sandbox.Sandbox;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Runs once what the first load and request would pay for: loading the host's classes, linking its lambdas. What is
 * loaded by its end is also what the archive of classes holds.
 */
final class WarmUp implements Sandbox.Observer {
    /** No sandbox of the shim's has this id. */
    static final String ID = "";
    private static final int REQUESTS = Integer.getInteger("nest.warmUp", 10);
    private static final int PATIENCE_SECONDS = 5;
    private final Loop loop;
    private final Executor openers;
    private final Path directory;
    private CountDownLatch loaded;
    private CountDownLatch closed;

    WarmUp(Loop loop, Executor openers, Path directory) {
        this.loop = loop;
        this.openers = openers;
        this.directory = directory;
    }

    /** Only speed is lost where it fails, for example where there is no loopback interface. */
    void run() {
        if (REQUESTS <= 0) {
            return;
        }
        try {
            serve("WarmUp", "http");
            serve("WarmUp$Event", "event");
        } catch (IOException | RuntimeException error) {
            // See above.
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(String handler, String signature) throws IOException, InterruptedException {
        loaded = new CountDownLatch(1);
        closed = new CountDownLatch(1);
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Map<String, Object> order = Map.of("id", ID, "directory", directory.toString(), "handler", handler,
                "signature", signature, "startSeconds", PATIENCE_SECONDS, "timeoutSeconds", PATIENCE_SECONDS,
                "function", Map.of("name", "warm-up"));
            InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
            Sandbox sandbox = new Sandbox(Order.of(order), listener, OutputStream.nullOutputStream(), loop, openers,
                this, 0);
            loop.execute(sandbox::load);
            if (loaded.await(PATIENCE_SECONDS, TimeUnit.SECONDS) && closed.getCount() > 0) {
                ask(address);
            }
            loop.execute(() -> sandbox.unload(0));
            closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static void ask(InetSocketAddress address) throws IOException {
        ByteBuffer answer = ByteBuffer.allocate(2048);
        try (SocketChannel client = SocketChannel.open(address)) {
            for (int i = 0; i < REQUESTS; i++) {
                String request = "POST /warm/up?q=1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
                    + (i % 3 == 0 ? "\r\nX-Request-Id: warm" : "") + (i % 2 == 0
                        ? "\r\nContent-Length: 13\r\n\r\n{\"warm\":true}"
                        : "\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{\"warm\":true}\r\n0\r\n\r\n");
                client.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
                answer.clear();
                while (client.read(answer) > 0 && !isWhole(answer)) {
                    // The rest is on its way.
                }
            }
        }
    }

    /** All answers here are small, and end in what was asked. */
    private static boolean isWhole(ByteBuffer answer) {
        String text = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
        return text.contains("\r\n\r\n") && text.endsWith("}");
    }

    @Override
    public void loaded(Sandbox sandbox) {
        loaded.countDown();
    }

    @Override
    public void failed(Sandbox sandbox, Failure failure) {
        loaded.countDown();
    }

    @Override
    public void closed(Sandbox sandbox) {
        closed.countDown();
        loaded.countDown();
    }

    @Override
    public void stuck(Sandbox sandbox, String message) {
        // Its functions do not wait.
    }
}
