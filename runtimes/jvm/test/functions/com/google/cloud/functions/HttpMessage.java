package com.google.cloud.functions;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

public interface HttpMessage {
    Optional<String> getContentType();

    long getContentLength();

    Optional<String> getCharacterEncoding();

    InputStream getInputStream() throws IOException;

    BufferedReader getReader() throws IOException;

    Map<String, List<String>> getHeaders();

    default Optional<String> getFirstHeader(String name) {
        return Optional.ofNullable(getHeaders().get(name)).map((it) -> it.get(0));
    }

    default String ofItsOwn() {
        return "default";
    }
}
