package dev.nest.function;

import java.io.IOException;
import java.io.OutputStream;

/** The answer to a request. Status and headers count until the first bytes are on their way. */
public interface HttpResponse {
    /** 200 to 599; 200 when nobody says otherwise. */
    HttpResponse status(int status);

    /** Sets a header field, in place of those of that name. */
    HttpResponse header(String name, String value);

    /** Adds a header field beside those of that name. */
    HttpResponse addHeader(String name, String value);

    /**
     * The body. A small one is sent whole when the handler returns; a larger one, or one that is flushed, as it is
     * written. Writing waits for a slow client, and fails when it is gone or the request's time is over.
     */
    OutputStream body();

    /** Writes text in UTF-8; the type is {@code text/plain} when no other was set. */
    void write(String text) throws IOException;

    /** Whether anything has been sent. */
    boolean hasBegun();
}
