package dev.nest.host.handler;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Finds what `handler` names, with the function's own class loader: `CLASS` or `CLASS::METHOD`. */
public final class HandlerFinder {
    private static final Set<String> SIGNATURES = Set.of("http", "event", "cloudevent");
    /** What a method may be called whose class implements no interface. */
    private static final List<String> NAMES = List.of("handle", "handleRequest", "main", "apply");

    private HandlerFinder() {}

    /** @throws LoadFailure for what the function's author can put right; whatever its code throws is its cause */
    public static Handler find(ClassLoader loader, PackageListing listing, String handler,
        String signature) throws LoadFailure {
        if (!SIGNATURES.contains(signature)) {
            throw new LoadFailure("UnsupportedSignature", "Signature '" + signature
                + "' is not served by this runtime; there are http, event and cloudevent.");
        }
        String[] parts = handler.split("::", -1);
        if (parts.length > 2 || !parts[0].matches("[\\w$.]+") || parts.length == 2 && !parts[1].matches("[\\w$]+")) {
            throw new LoadFailure("HandlerNotFound",
                "The handler '" + handler + "' is not of the form package.Class or package.Class::method, "
                    + "as in com.example.Hello.");
        }
        ClassFinder classes = new ClassFinder(loader, listing);
        Class<?> type = classes.find(parts[0]);
        try {
            Shape shape = parts.length == 2 ? named(type, parts[1]) : ofClass(type);
            Object instance = Modifier.isStatic(shape.method().getModifiers()) ? null : classes.make(type);
            return new Adapter(signature).adapt(shape, instance);
        } catch (LinkageError error) {
            throw ClassFinder.unlinked(type.getName(), error);
        }
    }

    private static Shape ofClass(Class<?> type) throws LoadFailure {
        Method known = Interfaces.find(type);
        if (known != null) {
            Shape shape = Shape.of(known, type);
            if (!shape.isKnown()) {
                throw new LoadFailure("HandlerNotAFunction", type.getName() + " takes " + shape.parameters()
                    + "; known are " + Shape.KNOWN + ".");
            }
            return shape;
        }
        for (String name : NAMES) {
            Shape shape = best(methods(type, name), type);
            if (shape != null && shape.isKnown()) {
                return shape;
            }
        }
        throw new LoadFailure("HandlerNotAFunction", type.getName() + " is no handler. It has no public method "
            + String.join(", ", NAMES) + " with parameters " + Shape.KNOWN
            + "; and it implements none of the known interfaces: " + Interfaces.TEXT + ".");
    }

    private static Shape named(Class<?> type, String name) throws LoadFailure {
        List<Method> methods = methods(type, name);
        Shape shape = best(methods, type);
        if (shape == null) {
            boolean isHidden = hasHidden(type, name);
            throw new LoadFailure("HandlerNotFound", isHidden ? "The method " + name + " of " + type.getName()
                + " is not public."
                : type.getName() + " has no method '" + name + "'; its public methods are: " + names(type) + ".");
        }
        if (!shape.isKnown()) {
            throw new LoadFailure("HandlerNotAFunction", type.getName() + "::" + shape.text()
                + " has parameters that are not known; known are "
                + Shape.KNOWN + ".");
        }
        return shape;
    }

    /** Of several of a name the one of a known shape with the most parameters, as AWS Lambda has it. */
    private static Shape best(List<Method> methods, Class<?> type) {
        return methods.stream().map((it) -> Shape.of(it, type))
            .max(Comparator.comparing(Shape::isKnown).thenComparing((it) -> it.parameters().size())).orElse(null);
    }

    private static List<Method> methods(Class<?> type, String name) {
        List<Method> found = new ArrayList<>();
        for (Method method : type.getMethods()) {
            if (method.getName().equals(name) && !method.isBridge() && method.getDeclaringClass() != Object.class) {
                found.add(method);
            }
        }
        return found;
    }

    private static boolean hasHidden(Class<?> type, String name) {
        for (Method method : type.getDeclaredMethods()) {
            if (method.getName().equals(name)) {
                return true;
            }
        }
        return false;
    }

    private static String names(Class<?> type) {
        List<String> names = new ArrayList<>();
        for (Method method : type.getMethods()) {
            if (method.getDeclaringClass() != Object.class && !names.contains(method.getName()) && names.size() < 20) {
                names.add(method.getName());
            }
        }
        return names.isEmpty() ? "none" : String.join(", ", names);
    }
}
