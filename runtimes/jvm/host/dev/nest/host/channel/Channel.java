package dev.nest.host.channel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** The host's end of the channel to the shim: one JSON object a line, each way (docs/runtime-protocol.md). */
public final class Channel {
    private static final int LONGEST_IN = 128 << 10;
    private static final int LONGEST_OUT = 64 << 10;
    private final int descriptor;
    private final ByteBuffer out = ByteBuffer.allocateDirect(LONGEST_OUT);

    public Channel(int descriptor) {
        this.descriptor = descriptor;
    }

    /** Reads until the other end is gone, and calls `receive` with each message of the shim and its descriptors. */
    public void run(BiConsumer<Map<String, Object>, int[]> receive) {
        Framing framing = new Framing(LONGEST_IN);
        ByteBuffer data = ByteBuffer.allocateDirect(64 << 10);
        ByteBuffer numbers = Descriptors.roomForNumbers();
        while (true) {
            Descriptors.Received read = Descriptors.receive(descriptor, data, numbers);
            if (read.bytes() < 0) {
                return;
            }
            byte[] bytes = new byte[read.bytes()];
            data.get(0, bytes);
            for (Framing.Line line : framing.feed(bytes, read.descriptors())) {
                deliver(line, receive);
            }
            framing.takeUnclaimed().forEach(Descriptors::close);
        }
    }

    private static void deliver(Framing.Line line, BiConsumer<Map<String, Object>, int[]> receive) {
        Map<String, Object> message = message(line.bytes());
        if (message == null) {
            for (int one : line.descriptors()) {
                Descriptors.close(one);
            }
            return;
        }
        receive.accept(message, line.descriptors());
    }

    /** What the shim says in a line; null for what is none of its messages. */
    private static Map<String, Object> message(byte[] line) {
        Map<String, Object> object = object(Json.parseOrNull(line));
        if (object != null && "NODE_HANDLE".equals(object.get("cmd"))) {
            object = object(object.get("msg"));
        }
        return object != null && "NODE_NEST".equals(object.get("cmd")) ? object : null;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return value instanceof Map ? (Map<String, Object>) value : null;
    }

    /** Writes one line; what does not fit into one is left out. */
    public void send(String type, Map<String, ?> members) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("type", type);
        message.putAll(members);
        byte[] line = (Json.write(message) + "\n").getBytes(StandardCharsets.UTF_8);
        if (line.length > LONGEST_OUT) {
            return;
        }
        synchronized (out) {
            out.clear().put(line).flip();
            Descriptors.send(descriptor, out);
        }
    }
}
