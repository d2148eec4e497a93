package dev.nest.function;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A request over HTTP. */
public interface HttpRequest {
    /** Such as {@code GET}. */
    String method();

    /** The target without the query, as it came. */
    String path();

    /** What follows the question mark, as it came; empty when there is none. */
    String query();

    /** The parameters of the query, decoded, in their order. */
    Map<String, List<String>> parameters();

    /** The first value of a parameter of the query. */
    default Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters().get(name)).map((values) -> values.get(0));
    }

    /** All header fields; names in lower case. */
    Map<String, List<String>> headers();

    /** The first value of a header field; the case of the name does not matter. */
    Optional<String> header(String name);

    /** The body as it comes: reading waits for the client. Empty when there is none. */
    InputStream body();

    /** The whole body as text, in UTF-8. */
    String text() throws IOException;

    /** The request's id, its time limit, and the function that it is for. */
    Context context();
}
