package com.google.cloud.functions;

import java.util.Map;
import java.util.Optional;

/** As much of Google's interface as shows that its own defaults work. */
public interface HttpRequest extends HttpMessage {
    interface HttpPart extends HttpMessage {}

    String getMethod();

    String getUri();

    String getPath();

    Optional<String> getQuery();

    Map<String, java.util.List<String>> getQueryParameters();

    default Optional<String> getFirstQueryParameter(String name) {
        return Optional.ofNullable(getQueryParameters().get(name)).map((it) -> it.get(0));
    }

    Map<String, HttpPart> getParts();
}
