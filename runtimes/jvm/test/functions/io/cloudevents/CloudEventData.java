package io.cloudevents;

public interface CloudEventData {
    byte[] toBytes();
}
