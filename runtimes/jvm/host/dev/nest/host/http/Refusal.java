package dev.nest.host.http;

/** Stands for a request that could not be read. */
final class Refusal {
    static final Head HEAD = new Head("", "", false, new Headers(), 0, false, false);

    private Refusal() {}
}
