package dev.nest.host.isolation;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.Writer;
import java.util.Collection;
import java.util.Enumeration;
import java.util.InvalidPropertiesFormatException;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The object behind {@code System.getProperty}: to a sandbox's thread its own properties, to the host's those of the
 * JVM.
 */
final class SystemProperties extends Properties {
    private static final long serialVersionUID = 1;
    private final transient Properties host;

    private SystemProperties(Properties host) {
        super(1);
        this.host = host;
    }

    /** Puts it in the place of the JVM's. */
    static void install() {
        System.setProperties(new SystemProperties(System.getProperties()));
    }

    private Properties view() {
        Enclosure current = Enclosure.current();
        return current == null ? host : current.properties();
    }

    @Override
    public Object setProperty(String key, String value) {
        return view().setProperty(key, value);
    }

    @Override
    public String getProperty(String key) {
        return view().getProperty(key);
    }

    @Override
    public String getProperty(String key, String fallback) {
        return view().getProperty(key, fallback);
    }

    @Override
    public void load(Reader reader) throws IOException {
        view().load(reader);
    }

    @Override
    public void load(InputStream stream) throws IOException {
        view().load(stream);
    }

    @Override
    public void store(Writer writer, String comments) throws IOException {
        view().store(writer, comments);
    }

    @Override
    public void store(OutputStream stream, String comments) throws IOException {
        view().store(stream, comments);
    }

    @Override
    public void loadFromXML(InputStream stream) throws IOException, InvalidPropertiesFormatException {
        view().loadFromXML(stream);
    }

    @Override
    public void storeToXML(OutputStream stream, String comment, java.nio.charset.Charset charset) throws IOException {
        view().storeToXML(stream, comment, charset);
    }

    @Override
    public Enumeration<?> propertyNames() {
        return view().propertyNames();
    }

    @Override
    public Set<String> stringPropertyNames() {
        return view().stringPropertyNames();
    }

    @Override
    public void list(PrintStream stream) {
        view().list(stream);
    }

    @Override
    public void list(PrintWriter writer) {
        view().list(writer);
    }

    @Override
    public int size() {
        return view().size();
    }

    @Override
    public boolean isEmpty() {
        return view().isEmpty();
    }

    @Override
    public Enumeration<Object> keys() {
        return view().keys();
    }

    @Override
    public Enumeration<Object> elements() {
        return view().elements();
    }

    @Override
    public boolean contains(Object value) {
        return view().contains(value);
    }

    @Override
    public boolean containsValue(Object value) {
        return view().containsValue(value);
    }

    @Override
    public boolean containsKey(Object key) {
        return view().containsKey(key);
    }

    @Override
    public Object get(Object key) {
        return view().get(key);
    }

    @Override
    public Object put(Object key, Object value) {
        return view().put(key, value);
    }

    @Override
    public Object remove(Object key) {
        return view().remove(key);
    }

    @Override
    public void putAll(Map<?, ?> values) {
        view().putAll(values);
    }

    @Override
    public void clear() {
        view().clear();
    }

    @Override
    public String toString() {
        return view().toString();
    }

    @Override
    public Set<Object> keySet() {
        return view().keySet();
    }

    @Override
    public Collection<Object> values() {
        return view().values();
    }

    @Override
    public Set<Map.Entry<Object, Object>> entrySet() {
        return view().entrySet();
    }

    @Override
    public boolean equals(Object other) {
        return other == this || view().equals(other);
    }

    @Override
    public int hashCode() {
        return view().hashCode();
    }

    @Override
    public Object getOrDefault(Object key, Object fallback) {
        return view().getOrDefault(key, fallback);
    }

    @Override
    public void forEach(BiConsumer<? super Object, ? super Object> action) {
        view().forEach(action);
    }

    @Override
    public void replaceAll(BiFunction<? super Object, ? super Object, ?> function) {
        view().replaceAll(function);
    }

    @Override
    public Object putIfAbsent(Object key, Object value) {
        return view().putIfAbsent(key, value);
    }

    @Override
    public boolean remove(Object key, Object value) {
        return view().remove(key, value);
    }

    @Override
    public boolean replace(Object key, Object old, Object value) {
        return view().replace(key, old, value);
    }

    @Override
    public Object replace(Object key, Object value) {
        return view().replace(key, value);
    }

    @Override
    public Object computeIfAbsent(Object key, Function<? super Object, ?> function) {
        return view().computeIfAbsent(key, function);
    }

    @Override
    public Object computeIfPresent(Object key, BiFunction<? super Object, ? super Object, ?> function) {
        return view().computeIfPresent(key, function);
    }

    @Override
    public Object compute(Object key, BiFunction<? super Object, ? super Object, ?> function) {
        return view().compute(key, function);
    }

    @Override
    public Object merge(Object key, Object value, BiFunction<? super Object, ? super Object, ?> function) {
        return view().merge(key, value, function);
    }

    @Override
    public Object clone() {
        return view().clone();
    }
}
