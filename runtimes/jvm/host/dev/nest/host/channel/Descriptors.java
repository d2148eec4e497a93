package dev.nest.host.channel;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;

/** Descriptors as numbers: received over a unix socket, and made into what Java reads and writes. */
public final class Descriptors {
    private static final int MOST = 16;
    private static final int MOST_AT_BOOT = 1024;

    private Descriptors() {}

    /** Loads the native part; before anything else of this class. */
    public static void load(Path library) {
        System.load(library.toString());
    }

    /** What one read brought: bytes are in the buffer that was given. */
    public record Received(int bytes, int[] descriptors) {}

    /** Waits for data; at the end of the stream, or when it is broken, `bytes` is -1. */
    static Received receive(int descriptor, ByteBuffer data, ByteBuffer numbers) {
        long answer = receive(descriptor, address(data), data.capacity(), address(numbers));
        int bytes = (int) answer;
        if (answer < 0 || bytes <= 0) {
            return new Received(-1, new int[0]);
        }
        int[] descriptors = new int[(int) (answer >>> 32)];
        numbers.order(ByteOrder.nativeOrder()).asIntBuffer().get(descriptors);
        return new Received(bytes, descriptors);
    }

    static ByteBuffer roomForNumbers() {
        return ByteBuffer.allocateDirect(MOST * Integer.BYTES);
    }

    /** Writes the whole direct buffer. */
    static boolean send(int descriptor, ByteBuffer data) {
        return send(descriptor, address(data) + data.position(), data.remaining()) == 0;
    }

    /** A channel of a socket that listens already. There is no public way in Java 17. */
    public static ServerSocketChannel listener(int descriptor) throws IOException {
        try {
            Class<?> type = Class.forName("sun.nio.ch.ServerSocketChannelImpl");
            Constructor<?> maker = type.getDeclaredConstructor(
                SelectorProvider.class, ProtocolFamily.class, FileDescriptor.class, boolean.class);
            maker.setAccessible(true);
            return (ServerSocketChannel) maker.newInstance(
                SelectorProvider.provider(), StandardProtocolFamily.INET6, descriptor(descriptor), true);
        } catch (ReflectiveOperationException error) {
            close(descriptor);
            throw new IOException("The descriptor " + descriptor + " is no listening socket: " + error.getCause(),
                error);
        }
    }

    /** A pipe or file; its writes wait when nobody reads. */
    public static OutputStream output(int descriptor) {
        block(descriptor);
        return new FileOutputStream(descriptor(descriptor));
    }

    private static FileDescriptor descriptor(int number) {
        try {
            Method maker = Class.forName("sun.nio.ch.IOUtil").getMethod("newFD", int.class);
            return (FileDescriptor) maker.invoke(null, number);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException("This Java does not make file descriptors of numbers.", error);
        }
    }

    private static long address(ByteBuffer direct) {
        try {
            return (long) Class.forName("sun.nio.ch.DirectBuffer").getMethod("address").invoke(direct);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException("This Java does not say where a buffer is.", error);
        }
    }

    /** Nobody may use the number after this. */
    public static native void close(int descriptor);

    /** Lets no other program inherit what is open now. */
    public static void closeOnExecute() {
        closeAllOnExecute(MOST_AT_BOOT);
    }

    private static native void closeAllOnExecute(int most);

    private static native long receive(int descriptor, long address, int size, long numbers);

    private static native int send(int descriptor, long address, int size);

    private static native void block(int descriptor);
}
