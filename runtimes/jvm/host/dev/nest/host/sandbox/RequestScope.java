package dev.nest.host.sandbox;

/** The request that the running thread, or the one that started it, works for. Its lines in the log carry the id. */
public final class RequestScope {
    private static final InheritableThreadLocal<RequestScope> CURRENT = new InheritableThreadLocal<>();
    /** Null once the request is over: a thread that outlives it belongs to none. */
    private volatile String id;

    private RequestScope(String id) {
        this.id = id;
    }

    static RequestScope enter(String id) {
        RequestScope scope = new RequestScope(id);
        CURRENT.set(scope);
        return scope;
    }

    void leave() {
        id = null;
        CURRENT.remove();
    }

    /** Null outside of any request. */
    public static String currentId() {
        RequestScope scope = CURRENT.get();
        return scope == null ? null : scope.id;
    }
}
