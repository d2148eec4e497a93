package dev.nest.host.isolation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Loads the classes of layers before anybody asks for them. None is initialized, so nothing of theirs runs. */
public final class Preloading {
    /** Classes that are loaded at most. */
    private static final int MOST_CLASSES = 5000;
    /** The part of Metaspace that may be used when a class is loaded. */
    private static final double METASPACE_SHARE = 0.4;

    /**
     * What did not load.
     *
     * @param what the layers' directories, or what of them
     * @param message why
     */
    public record Skipped(String what, String message) {
    }

    /**
     * What came of it.
     *
     * @param classes how many are loaded
     * @param skipped layers that cannot be opened: who names them hears the same
     */
    public record Result(int classes, List<Skipped> skipped) {
    }

    private Preloading() {
    }

    static Result run(LayerSets sets, List<Path> layers, JvmMemory memory) {
        if (layers.isEmpty()) {
            return new Result(0, List.of());
        }
        List<Skipped> skipped = new ArrayList<>();
        int classes = 0;
        try {
            PackageLoader loader = sets.pin(List.copyOf(layers));
            for (String name : loader.classNames()) {
                if (classes >= MOST_CLASSES || isFull(memory)) {
                    skipped.add(new Skipped("classes", "Only the first " + classes
                        + " classes are loaded ahead: no more than " + MOST_CLASSES
                        + ", and no more than Metaspace has room for."));
                    break;
                }
                classes += load(loader, name);
            }
        } catch (IOException | RuntimeException error) {
            skipped.add(new Skipped(layers.toString(), String.valueOf(error.getMessage())));
        }
        return new Result(classes, skipped);
    }

    private static boolean isFull(JvmMemory memory) {
        return JvmMemory.share(memory.metaspace().getUsed(), memory.metaspace().getMax()) > METASPACE_SHARE;
    }

    /** What needs a library that is not there, or is no class of this version, is left to whoever wants it. */
    private static int load(PackageLoader loader, String name) {
        if (loader.hasDefined(name)) {
            return 0;
        }
        try {
            loader.loadClass(name);
            return loader.hasDefined(name) ? 1 : 0;
        } catch (ClassNotFoundException | LinkageError missing) {
            return 0;
        }
    }
}
