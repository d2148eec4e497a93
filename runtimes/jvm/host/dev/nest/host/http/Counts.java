package dev.nest.host.http;

/** How many requests a sandbox has had, and since when it has none. */
public final class Counts {
    /**
     * @param requests those that have ended
     * @param errors of them, those answered with 500 or more, or whose answer broke
     * @param active those that have not ended
     * @param idleMillis since the last one ended or the last connection closed; 0 while there is any
     */
    public record Snapshot(long requests, long errors, long active, int connections, long idleMillis) {}

    private long requests;
    private long errors;
    private long active;
    private long last;

    Counts(long now) {
        last = now;
    }

    void began() {
        active++;
    }

    void ended(long now, boolean isError) {
        active--;
        requests++;
        errors += isError ? 1 : 0;
        last = now;
    }

    void touch(long now) {
        last = now;
    }

    Snapshot snapshot(long now, int connections) {
        boolean isBusy = active > 0 || connections > 0;
        return new Snapshot(requests, errors, active, connections, isBusy ? 0 : now - last);
    }
}
