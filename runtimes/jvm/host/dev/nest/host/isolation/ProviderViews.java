package dev.nest.host.isolation;

/**
 * Security providers for many: what a sandbox adds with {@code Security.addProvider} is added for it alone. The JDK
 * asks a thread-local for the calling thread's own list of providers, and sets it there when one is added; here that is
 * the sandbox's list.
 */
final class ProviderViews extends ThreadLocal<Object> {
    private final Object initial;

    private ProviderViews(Object initial) {
        this.initial = initial;
    }

    /** Puts it in the place of the JDK's thread-local. */
    static void install() {
        Class<?> providers = Internals.type("sun.security.jca.Providers");
        Object list = Internals.read(null, Internals.field(providers, "providerList"));
        Internals.write(null, Internals.field(providers, "threadLists"), new ProviderViews(list));
        Internals.writeNumber(null, Internals.field(providers, "threadListsUsed"), 1);
    }

    @Override
    public Object get() {
        Enclosure current = Enclosure.current();
        if (current == null) {
            return super.get();
        }
        Object own = current.providers();
        return own == null ? initial : own;
    }

    @Override
    public void set(Object list) {
        Enclosure current = Enclosure.current();
        if (current == null) {
            super.set(list);
        } else {
            current.setProviders(list);
        }
    }

    @Override
    public void remove() {
        Enclosure current = Enclosure.current();
        if (current == null) {
            super.remove();
        } else {
            current.setProviders(null);
        }
    }
}
