package io.cloudevents;

import java.net.URI;
import java.time.OffsetDateTime;
import java.util.Set;

public interface CloudEvent {
    SpecVersion getSpecVersion();

    String getId();

    String getType();

    URI getSource();

    String getDataContentType();

    URI getDataSchema();

    String getSubject();

    OffsetDateTime getTime();

    Object getAttribute(String name);

    Set<String> getAttributeNames();

    Object getExtension(String name);

    Set<String> getExtensionNames();

    CloudEventData getData();
}
