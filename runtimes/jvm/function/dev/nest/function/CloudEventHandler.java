package dev.nest.function;

/**
 * A function of CloudEvents 1.0.
 *
 * @param <R> as {@link EventHandler}'s; a {@link CloudEvent} goes back in the mode of the request
 */
@FunctionalInterface
public interface CloudEventHandler<R> {
    /**
     * Handles one event; several at once.
     *
     * @throws Exception anything: answered with 500
     */
    R handle(CloudEvent event, Context context) throws Exception;
}
