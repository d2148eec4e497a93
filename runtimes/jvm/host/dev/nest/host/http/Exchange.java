package dev.nest.host.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One request on its way through the handler: its deadline, its answer, and what ends it early. */
public final class Exchange implements Runnable {
    private static final int ATTEMPTS = 100;
    private final Connection connection;
    private final Server server;
    private final Head head;
    private final RequestBody body;
    private final Answer answer = new Answer(this);
    private final long deadline;
    private final Object lock = new Object();
    private Thread thread;
    private volatile boolean isCancelled;
    private volatile boolean isGone;
    /** Of the loop: when its time is over, and then when its thread should have ended. */
    final Timers.Timer timer = new Timers.Timer() {
        @Override
        protected void fire() {
            server.late(Exchange.this);
        }
    };
    /** Of the loop. */
    boolean hasEnded;
    boolean isOverdue;
    boolean hasLeft;

    Exchange(Connection connection, Server server, Head head, RequestBody body) {
        this.connection = connection;
        this.server = server;
        this.head = head;
        this.body = body;
        this.deadline = System.currentTimeMillis() + server.limits().timeoutMillis();
    }

    public Head head() {
        return head;
    }

    public InputStream body() {
        return body;
    }

    public Answer answer() {
        return answer;
    }

    /** When its time is over, in milliseconds since 1970. */
    public long deadline() {
        return deadline;
    }

    /** Whether its time is over or its client gone. */
    public boolean isCancelled() {
        return isCancelled;
    }

    /** Whether its client is gone. */
    public boolean isGone() {
        return isGone;
    }

    /** Instead of an answer; one that has begun is broken off. */
    public void fail(Problem problem) {
        Answer.Piece piece = answer.replace(problem);
        if (piece != null) {
            send(piece);
        }
    }

    /** Runs the handler, on a thread of the sandbox. */
    @Override
    public void run() {
        Answer.Piece last = null;
        try {
            if (enter()) {
                server.serve(this);
                last = answer.finish();
            }
        } catch (Throwable error) {
            last = failed();
        } finally {
            leave();
            finished(last);
        }
    }

    /** Null when there is no memory even for that: then the connection is closed. */
    private Answer.Piece failed() {
        try {
            return answer.replace(new Problem(500, Server.FAILED));
        } catch (Throwable error) {
            return null;
        }
    }

    /**
     * What it needs of memory comes back when others of the sandbox fail: without this its client would wait for ever.
     */
    private void finished(Answer.Piece last) {
        for (int attempt = 1;; attempt++) {
            try {
                conclude(last);
                return;
            } catch (OutOfMemoryError error) {
                if (attempt == ATTEMPTS) {
                    throw error;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(attempt));
            }
        }
    }

    private void conclude(Answer.Piece last) {
        boolean isWritten = last != null && last.bytes() != null && connection.writeDirectly(this, last);
        Runnable over = () -> {
            if (last != null) {
                connection.send(this, last);
            }
            server.leave(this);
            connection.abandon(this);
        };
        Loop loop = connection.loop();
        if (!isWritten || !last.isKeptAlive()) {
            loop.execute(over);
            return;
        }
        loop.executeLater(over);
        // Asked after that: whatever the loop comes to wait for from now on it does with this before it.
        if (connection.isAwaited() || server.isAwaited() || !body.hasEnded()) {
            loop.wake();
        }
    }

    private boolean enter() {
        synchronized (lock) {
            if (isCancelled) {
                return false;
            }
            thread = Thread.currentThread();
            return true;
        }
    }

    /** The thread is another request's after this: it is not interrupted any more. */
    private void leave() {
        synchronized (lock) {
            thread = null;
        }
        Thread.interrupted();
    }

    /** Tells the handler that nobody waits for it. */
    void cancel(String reason) {
        isCancelled = true;
        IOException error = new IOException(reason);
        body.fail(error);
        answer.lose(error);
    }

    /** As `cancel`, because its client is gone. */
    void gone() {
        isGone = true;
        cancel("The client has closed the connection.");
    }

    void interrupt() {
        synchronized (lock) {
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    /** The thread that is in the handler; null when there is none. */
    Thread thread() {
        synchronized (lock) {
            return thread;
        }
    }

    void send(Answer.Piece piece) {
        connection.loop().execute(() -> connection.send(this, piece));
    }

    boolean isHead() {
        return head.method().equals("HEAD");
    }

    /** A client that still waits to be told to send its body may or may not do so: such a connection has no future. */
    boolean mayKeepAlive() {
        return head.isKeptAlive() && !server.isDraining() && !connection.isClosing()
            && !(head.expectsContinue() && !body.isAsked());
    }

    RequestBody requestBody() {
        return body;
    }

    Connection connection() {
        return connection;
    }
}
