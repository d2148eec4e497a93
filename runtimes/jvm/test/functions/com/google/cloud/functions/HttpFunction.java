package com.google.cloud.functions;

public interface HttpFunction {
    void service(HttpRequest request, HttpResponse response) throws Exception;
}
