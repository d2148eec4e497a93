package dev.nest.host;

import dev.nest.host.channel.Channel;
import dev.nest.host.channel.Descriptors;
import dev.nest.host.http.Loop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The host's process: it boots empty and serves what the shim loads until the channel ends. */
public final class Main {
    private static final int OPENERS = 4;
    private static final int CHANNEL = 3;

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        Path out = Path.of(System.getProperty("jdk.module.path").split(":")[0]).toAbsolutePath();
        Descriptors.load(out.resolve("libnest.so"));
        Channel channel = new Channel(CHANNEL);
        Loop loop = new Loop(Main::report);
        Executor openers = openers();
        Host host = new Host(channel, loop, openers, Main::exit, Long.getLong("nest.stuckMillis", 10_000));
        host.isolate();
        Thread thread = new Thread(loop, "nest-loop");
        thread.setDaemon(true);
        thread.start();
        new WarmUp(loop, openers, out.resolve("warm-up")).run();
        Descriptors.closeOnExecute();
        channel.send("booted", Map.of("version", System.getProperty("java.version")));
        channel.run((message, descriptors) -> loop.execute(() -> host.receive(message, descriptors)));
        // The shim holds the other end: without it nobody can stop or reach this host.
        exit();
    }

    private static ThreadPoolExecutor openers() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(OPENERS, OPENERS, 5, TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(), (body) -> {
            Thread thread = new Thread(null, body, "nest-open", 0, false);
            thread.setDaemon(true);
            return thread;
        });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** At once: hooks that a function has left are not waited for. */
    private static void exit() {
        Runtime.getRuntime().halt(0);
    }

    private static void report(Throwable error) {
        error.printStackTrace();
    }
}
