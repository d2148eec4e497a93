package dev.nest.host.isolation;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.Function;

/**
 * {@code System.out} and {@code System.err}: to a sandbox's thread its own stream, to the host's the process's. It holds no lock itself, so a
 * sandbox that blocks in its own stream blocks nobody else.
 */
final class OutputView extends PrintStream {
    private final PrintStream host;
    private final Function<Enclosure, PrintStream> own;

    private OutputView(PrintStream host, Function<Enclosure, PrintStream> own) {
        super(host);
        this.host = host;
        this.own = own;
    }

    /** Puts views in the place of both streams. */
    static void install() {
        System.setOut(new OutputView(System.out, Enclosure::out));
        System.setErr(new OutputView(System.err, Enclosure::err));
    }

    private PrintStream view() {
        Enclosure current = Enclosure.current();
        return current == null ? host : own.apply(current);
    }

    @Override
    public void flush() {
        view().flush();
    }

    @Override
    public void close() {
        // it is nobody's to close
    }

    @Override
    public boolean checkError() {
        return view().checkError();
    }

    @Override
    public void write(int value) {
        view().write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        view().write(bytes, offset, length);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        view().write(bytes);
    }

    @Override
    public void writeBytes(byte[] bytes) {
        view().writeBytes(bytes);
    }

    @Override
    public void print(boolean value) {
        view().print(value);
    }

    @Override
    public void print(char value) {
        view().print(value);
    }

    @Override
    public void print(int value) {
        view().print(value);
    }

    @Override
    public void print(long value) {
        view().print(value);
    }

    @Override
    public void print(float value) {
        view().print(value);
    }

    @Override
    public void print(double value) {
        view().print(value);
    }

    @Override
    public void print(char[] value) {
        view().print(value);
    }

    @Override
    public void print(String value) {
        view().print(value);
    }

    @Override
    public void print(Object value) {
        view().print(value);
    }

    @Override
    public void println() {
        view().println();
    }

    @Override
    public void println(boolean value) {
        view().println(value);
    }

    @Override
    public void println(char value) {
        view().println(value);
    }

    @Override
    public void println(int value) {
        view().println(value);
    }

    @Override
    public void println(long value) {
        view().println(value);
    }

    @Override
    public void println(float value) {
        view().println(value);
    }

    @Override
    public void println(double value) {
        view().println(value);
    }

    @Override
    public void println(char[] value) {
        view().println(value);
    }

    @Override
    public void println(String value) {
        view().println(value);
    }

    @Override
    public void println(Object value) {
        view().println(value);
    }

    @Override
    public PrintStream printf(String format, Object... values) {
        view().printf(format, values);
        return this;
    }

    @Override
    public PrintStream printf(Locale locale, String format, Object... values) {
        view().printf(locale, format, values);
        return this;
    }

    @Override
    public PrintStream format(String format, Object... values) {
        view().format(format, values);
        return this;
    }

    @Override
    public PrintStream format(Locale locale, String format, Object... values) {
        view().format(locale, format, values);
        return this;
    }

    @Override
    public PrintStream append(CharSequence text) {
        view().append(text);
        return this;
    }

    @Override
    public PrintStream append(CharSequence text, int start, int end) {
        view().append(text, start, end);
        return this;
    }

    @Override
    public PrintStream append(char value) {
        view().append(value);
        return this;
    }
}
