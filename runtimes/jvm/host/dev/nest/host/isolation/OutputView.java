package dev.nest.host.isolation;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.Function;

/**
 * {@code System.out} and {@code System.err}: what a sandbox's thread prints goes to its own log, what the host prints
 * to the process's output. It holds no lock while it prints, so a sandbox that waits for its log holds up nobody else.
 */
final class OutputView extends PrintStream {
    private final PrintStream host;
    private final Function<Enclosure, LineStream> own;

    private OutputView(PrintStream host, Function<Enclosure, LineStream> own) {
        super(host);
        this.host = host;
        this.own = own;
    }

    /** Puts views in the place of both streams. */
    static void install() {
        System.setOut(new OutputView(System.out, Enclosure::out));
        System.setErr(new OutputView(System.err, Enclosure::err));
    }

    @Override
    public void flush() {
        if (Enclosure.current() == null) {
            host.flush();
        }
    }

    /** It is nobody's to close. */
    @Override
    public void close() {
        flush();
    }

    @Override
    public boolean checkError() {
        return Enclosure.current() == null && host.checkError();
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes) {
        write(bytes, 0, bytes.length);
    }

    @Override
    public void writeBytes(byte[] bytes) {
        write(bytes, 0, bytes.length);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
        Enclosure current = Enclosure.current();
        if (current == null) {
            host.write(bytes, offset, length);
        } else {
            own.apply(current).write(bytes, offset, length);
        }
    }

    @Override
    public void print(String value) {
        Enclosure current = Enclosure.current();
        if (current == null) {
            host.print(value);
        } else {
            own.apply(current).print(String.valueOf(value));
        }
    }

    @Override
    public void println(String value) {
        Enclosure current = Enclosure.current();
        if (current == null) {
            host.println(value);
        } else {
            own.apply(current).print(value + "\n");
        }
    }

    @Override
    public void print(boolean value) {
        print(String.valueOf(value));
    }

    @Override
    public void print(char value) {
        print(String.valueOf(value));
    }

    @Override
    public void print(int value) {
        print(String.valueOf(value));
    }

    @Override
    public void print(long value) {
        print(String.valueOf(value));
    }

    @Override
    public void print(float value) {
        print(String.valueOf(value));
    }

    @Override
    public void print(double value) {
        print(String.valueOf(value));
    }

    @Override
    public void print(char[] value) {
        print(String.valueOf(value));
    }

    @Override
    public void print(Object value) {
        print(String.valueOf(value));
    }

    @Override
    public void println() {
        println("");
    }

    @Override
    public void println(boolean value) {
        println(String.valueOf(value));
    }

    @Override
    public void println(char value) {
        println(String.valueOf(value));
    }

    @Override
    public void println(int value) {
        println(String.valueOf(value));
    }

    @Override
    public void println(long value) {
        println(String.valueOf(value));
    }

    @Override
    public void println(float value) {
        println(String.valueOf(value));
    }

    @Override
    public void println(double value) {
        println(String.valueOf(value));
    }

    @Override
    public void println(char[] value) {
        println(String.valueOf(value));
    }

    @Override
    public void println(Object value) {
        println(String.valueOf(value));
    }

    @Override
    public PrintStream printf(String format, Object... values) {
        return format(format, values);
    }

    @Override
    public PrintStream printf(Locale locale, String format, Object... values) {
        return format(locale, format, values);
    }

    @Override
    public PrintStream format(String format, Object... values) {
        print(String.format(format, values));
        return this;
    }

    @Override
    public PrintStream format(Locale locale, String format, Object... values) {
        print(String.format(locale, format, values));
        return this;
    }

    @Override
    public PrintStream append(CharSequence text) {
        print(String.valueOf(text));
        return this;
    }

    @Override
    public PrintStream append(CharSequence text, int start, int end) {
        print(String.valueOf(text).substring(start, end));
        return this;
    }

    @Override
    public PrintStream append(char value) {
        print(String.valueOf(value));
        return this;
    }
}
