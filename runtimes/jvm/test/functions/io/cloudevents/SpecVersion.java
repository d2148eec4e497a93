package io.cloudevents;

public enum SpecVersion {
    V03, V1;

    public static SpecVersion parse(String text) {
        return text.equals("1.0") ? V1 : V03;
    }
}
