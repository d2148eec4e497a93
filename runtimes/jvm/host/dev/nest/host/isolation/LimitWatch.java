package dev.nest.host.isolation;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Looks at what each sandbox uses, about once a second, and carries out what {@link LimitPolicy} decides. Used by one
 * thread.
 */
final class LimitWatch {
    private static final class Watched {
        LimitPolicy.State state = LimitPolicy.State.FIRST;
        Enclosure.Usage usage = new Enclosure.Usage(0, 0, 0);
        long at = System.nanoTime();
        boolean ended;
    }

    private final Map<Enclosure, Watched> all = new HashMap<>();
    private final Isolation.Listener listener;
    private final Settings settings;

    LimitWatch(Isolation.Listener listener, Settings settings) {
        this.listener = listener;
        this.settings = settings;
    }

    void look(Collection<Enclosure> open) {
        all.keySet().retainAll(open);
        for (Enclosure enclosure : open) {
            look(enclosure, all.computeIfAbsent(enclosure, each -> new Watched()));
        }
    }

    private void look(Enclosure enclosure, Watched watched) {
        Enclosure.Usage usage = enclosure.usage();
        long now = System.nanoTime();
        LimitPolicy.Seen seen =
            new LimitPolicy.Seen((now - watched.at) / 1e9, usage.cpuNanos() - watched.usage.cpuNanos(),
            usage.allocatedBytes() - watched.usage.allocatedBytes(), usage.threads());
        LimitPolicy.State before = watched.state;
        Limits limits = enclosure.spec().limits();
        watched.state = LimitPolicy.next(before, seen, limits, settings);
        watched.usage = usage;
        watched.at = now;
        if (watched.state.stage() == LimitPolicy.Stage.SERVED) {
            enclosure.refuseFor(null);
        } else if (!watched.ended) {
            String message = LimitPolicy.message(watched.state, limits, settings.allocationRate(), usage.threads());
            enclosure.refuseFor(message);
            act(enclosure, watched, before.stage(), message);
        }
    }

    private void act(Enclosure enclosure, Watched watched, LimitPolicy.Stage before, String message) {
        if (watched.state.stage() == LimitPolicy.Stage.INTERRUPTED && before != LimitPolicy.Stage.INTERRUPTED) {
            enclosure.interruptTasks();
        } else if (watched.state.stage() == LimitPolicy.Stage.ENDED) {
            watched.ended = true;
            listener.breached(enclosure.id(), watched.state.over().reason, message);
        }
    }
}
