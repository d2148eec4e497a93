package dev.nest.host.handler;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;

/**
 * Implements an interface of the function's own jars by an object of ours that has methods of the same names. Where the
 * interface wants a type of its jars in return, what ours returns is imitated too.
 */
final class Imitation implements InvocationHandler {
    private final Object original;

    private Imitation(Object original) {
        this.original = original;
    }

    static Object of(Class<?> type, Object original) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Imitation(original));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] given) throws Throwable {
        Object[] arguments = given == null ? new Object[0] : given;
        if (method.getDeclaringClass() == Object.class) {
            return ofObject(proxy, method.getName(), arguments);
        }
        Method own = find(method);
        if (own != null) {
            try {
                return convert(own.invoke(original, arguments), method.getReturnType());
            } catch (InvocationTargetException error) {
                throw error.getCause();
            }
        }
        if (method.isDefault()) {
            // Java keeps the function's loader for that, so ours has a method for each default that is known.
            return InvocationHandler.invokeDefault(proxy, method, arguments);
        }
        throw new UnsupportedOperationException("This runtime has no " + method.getDeclaringClass().getSimpleName()
            + "." + method.getName());
    }

    private Object ofObject(Object proxy, String name, Object[] arguments) {
        return switch (name) {
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> original.toString();
        };
    }

    private Method find(Method wanted) {
        for (Method own : original.getClass().getDeclaredMethods()) {
            if (own.getName().equals(wanted.getName()) && accepts(own, wanted)) {
                return own;
            }
        }
        return null;
    }

    private static boolean accepts(Method own, Method wanted) {
        Class<?>[] ours = own.getParameterTypes();
        Class<?>[] theirs = wanted.getParameterTypes();
        boolean fits = ours.length == theirs.length && !Modifier.isPrivate(own.getModifiers()) && !own.isSynthetic();
        for (int i = 0; fits && i < ours.length; i++) {
            fits = ours[i].isAssignableFrom(theirs[i]);
        }
        return fits;
    }

    private static Object convert(Object value, Class<?> wanted) throws ReflectiveOperationException {
        if (value == null || wanted.isPrimitive() || wanted.isInstance(value)) {
            return value;
        }
        if (wanted.isInterface()) {
            return of(wanted, value);
        }
        // Such as an enum of versions, which reads them itself.
        return wanted.getMethod("parse", String.class).invoke(null, value);
    }
}
