package com.google.cloud.functions;

public interface BackgroundFunction<T> {
    void accept(T payload, Context context) throws Exception;
}
