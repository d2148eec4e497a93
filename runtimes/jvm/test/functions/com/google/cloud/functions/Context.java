package com.google.cloud.functions;

import java.util.Collections;
import java.util.Map;

public interface Context {
    String eventId();

    String timestamp();

    String eventType();

    String resource();

    default Map<String, String> attributes() {
        return Collections.emptyMap();
    }
}
