package com.google.cloud.functions;

import io.cloudevents.CloudEvent;

public interface CloudEventsFunction {
    void accept(CloudEvent event) throws Exception;
}
