package dev.nest.function;

/**
 * A function of events: JSON in, JSON out.
 *
 * @param <E> what the event's JSON becomes: {@code Map<String, Object>}, {@code List}, {@code String}, a number,
 *     {@code Object} for any of them, or a record or bean of the function's own
 * @param <R> what is answered: null (204), a string, {@code byte[]}, an {@code InputStream}, a {@link Reply}, or
 *     anything that JSON can express
 */
@FunctionalInterface
public interface EventHandler<E, R> {
    /**
     * Handles one event; several at once.
     *
     * @throws Exception anything: answered with 500
     */
    R handle(E event, Context context) throws Exception;
}
