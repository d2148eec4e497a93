package com.google.cloud.functions;

public interface RawBackgroundFunction {
    void accept(String json, Context context) throws Exception;
}
