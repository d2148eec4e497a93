package dev.nest.host.isolation;

import java.lang.ref.Reference;
import java.lang.ref.SoftReference;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Follows strong references from some objects to others, breadth first, bounded in objects and time. Reads fields in
 * place and calls no method of what it meets. What only locals of a running method hold is not to be found.
 */
final class HeapWalk {
    private static final Method DECLARED = declared();
    private static final int MOST_PATH = 12;

    private record Step(Object object, Step from, String by) {
    }

    private record Slot(String name, long offset) {
    }

    private final Predicate<Object> goal;
    private final Predicate<Object> barrier;
    private final int most;
    private final long deadline;
    private final Map<Object, Boolean> seen = new IdentityHashMap<>();
    private final Map<Class<?>, List<Slot>> slots = new HashMap<>();
    private final Deque<Step> next = new ArrayDeque<>();
    private boolean isSoft;

    /**
     * A walk that has not begun.
     *
     * @param goal what is looked for
     * @param barrier what is not walked through
     * @param most objects that it looks at
     * @param nanos how long it may take
     */
    HeapWalk(Predicate<Object> goal, Predicate<Object> barrier, int most, long nanos) {
        this.goal = goal;
        this.barrier = barrier;
        this.most = most;
        this.deadline = System.nanoTime() + nanos;
    }

    /** Follows soft references too: what only they hold is freed when memory gets short, or later. */
    HeapWalk softly() {
        isSoft = true;
        return this;
    }

    /** One more place to begin at, and what it is called. */
    HeapWalk from(String name, Object object) {
        add(object, null, name);
        return this;
    }

    /** The shortest way to what is looked for, in words; null where there is none, or the bounds were reached first. */
    String path() {
        Object[] found = new Object[1];
        return walk(found, null) ? (String) found[0] : null;
    }

    /** All that is looked for. */
    List<Object> all() {
        List<Object> all = new ArrayList<>();
        walk(null, all);
        return all;
    }

    private boolean walk(Object[] path, List<Object> all) {
        while (!next.isEmpty() && seen.size() < most && System.nanoTime() - deadline < 0) {
            Step step = next.pollFirst();
            if (goal.test(step.object)) {
                if (all == null) {
                    path[0] = text(step);
                    return true;
                }
                all.add(step.object);
            } else if (!barrier.test(step.object)) {
                expand(step);
            }
        }
        return false;
    }

    private void add(Object object, Step from, String by) {
        if (object != null && !(object instanceof String) && !(object instanceof Number)
            && seen.put(object, true) == null) {
            next.addLast(new Step(object, from, by));
        }
    }

    private void expand(Step step) {
        Object object = step.object;
        if (object instanceof Object[] elements) {
            for (Object each : elements) {
                add(each, step, "[]");
            }
        } else if (!object.getClass().isArray()) {
            for (Slot slot : slots(object.getClass())) {
                add(Internals.read(object, slot.offset), step, slot.name);
            }
            if (object instanceof Class<?> type && Internals.isInitialized(type)) {
                for (Field field : fields(type)) {
                    if (Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                        add(Internals.read(null, field), step, field.getName());
                    }
                }
            }
        }
    }

    /**
     * Instance fields of reference types, inherited ones too; of a reference only the next one in its queue, not what
     * it refers to.
     */
    private List<Slot> slots(Class<?> type) {
        List<Slot> known = slots.get(type);
        if (known == null) {
            known = new ArrayList<>();
            for (Class<?> each = type; each != null && each != Object.class; each = each.getSuperclass()) {
                for (Field field : fields(each)) {
                    boolean isFollowed = each != Reference.class || field.getName().equals("next")
                        || isSoft && SoftReference.class.isAssignableFrom(type) && field.getName().equals("referent");
                    if (isFollowed && !Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                        known.add(new Slot(field.getName(), Internals.offset(field)));
                    }
                }
            }
            slots.put(type, known);
        }
        return known;
    }

    /** Without the cache that reflection would leave in each class. */
    private static Field[] fields(Class<?> type) {
        try {
            return (Field[]) DECLARED.invoke(type, false);
        } catch (ReflectiveOperationException | LinkageError error) {
            return new Field[0];
        }
    }

    private static Method declared() {
        try {
            Method method = Class.class.getDeclaredMethod("getDeclaredFields0", boolean.class);
            method.setAccessible(true);
            return method;
        } catch (ReflectiveOperationException error) {
            throw new ExceptionInInitializerError(error);
        }
    }

    private static String text(Step last) {
        Deque<String> names = new ArrayDeque<>();
        for (Step step = last; step != null; step = step.from) {
            Object object = step.object;
            String type = object instanceof Class<?> held ? "class " + held.getName() : object.getClass().getName();
            names.addFirst(step.from == null ? step.by + " (" + type + ")" : step.by + " (" + type + ")");
        }
        List<String> all = new ArrayList<>(names);
        if (all.size() > MOST_PATH) {
            List<String> cut = new ArrayList<>(all.subList(0, MOST_PATH / 2));
            cut.add("…");
            cut.addAll(all.subList(all.size() - MOST_PATH / 2, all.size()));
            all = cut;
        }
        return String.join(" → ", all);
    }
}
