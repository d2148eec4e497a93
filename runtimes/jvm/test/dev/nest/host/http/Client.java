package dev.nest.host.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A connection on which tests say exactly what they want, and read answers strictly. */
public final class Client implements AutoCloseable {
    /** @param fields of one name several, joined by a line break */
    public record Response(int status, Map<String, String> fields, String body) {
        public String field(String name) {
            return fields.get(name);
        }
    }

    private final Socket socket;
    private final InputStream in;

    public Client(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        in = new BufferedInputStream(socket.getInputStream());
    }

    public Client send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public Client send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    public Response get(String target) throws IOException {
        return send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").receive();
    }

    public Response post(String target, String fields, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        send("POST " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "Content-Length: " + bytes.length + "\r\n\r\n");
        return send(bytes).receive();
    }

    public Response receive() throws IOException {
        return receive(true);
    }

    /** @param hasBody false for the answer to a HEAD */
    public Response receive(boolean hasBody) throws IOException {
        String[] status = line().split(" ", 3);
        Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(": ");
            fields.merge(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 2), (one, other) ->
                one + "\n" + other);
        }
        int code = Integer.parseInt(status[1]);
        boolean isBare = !hasBody || code < 200 || code == 204 || code == 304;
        return new Response(code, fields, isBare ? "" : new String(body(fields), StandardCharsets.UTF_8));
    }

    private byte[] body(Map<String, String> fields) throws IOException {
        if ("chunked".equals(fields.get("transfer-encoding"))) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (byte[] chunk = chunk(); chunk.length > 0; chunk = chunk()) {
                out.write(chunk);
            }
            return out.toByteArray();
        }
        String length = fields.get("content-length");
        return length == null ? in.readAllBytes() : exactly(Integer.parseInt(length));
    }

    /** The next chunk of an answer; empty at its end. */
    byte[] chunk() throws IOException {
        byte[] chunk = exactly(Integer.parseInt(line(), 16));
        if (!line().isEmpty()) {
            throw new IOException("A chunk does not end where it should.");
        }
        return chunk;
    }

    byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("The answer ends after " + bytes.length + " of " + length + " bytes.");
        }
        return bytes;
    }

    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("The connection ends after '" + line + "'.");
            }
            line.append((char) next);
        }
        if (line.length() == 0 || line.charAt(line.length() - 1) != '\r') {
            throw new IOException("The line '" + line + "' does not end in CRLF.");
        }
        return line.substring(0, line.length() - 1);
    }

    /** Whether nothing more comes. */
    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    /** What comes until the other side closes. */
    String rest() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    List<Response> receive(int count) throws IOException {
        List<Response> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(receive());
        }
        return all;
    }

    /** Closes with a reset, as a client that crashes. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
