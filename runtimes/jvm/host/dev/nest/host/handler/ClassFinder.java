package dev.nest.host.handler;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Loads a function's class and makes its instance; what goes wrong is told in words. */
final class ClassFinder {
    /** The first version of class files is 45, of Java 1.1. */
    private static final int BEFORE_JAVA = 44;
    private static final Pattern VERSION = Pattern.compile("class file version (\\d+)");
    private final ClassLoader loader;
    private final PackageListing listing;

    ClassFinder(ClassLoader loader, PackageListing listing) {
        this.loader = loader;
        this.listing = listing;
    }

    Class<?> find(String name) throws LoadFailure {
        Class<?> type;
        try {
            type = Class.forName(name, false, loader);
        } catch (ClassNotFoundException error) {
            throw new LoadFailure("ModuleNotFound", "The package has no class '" + name + "'" + listing.hint(name)
                + "; it holds: "
                + listing.names() + ".");
        } catch (LinkageError error) {
            throw unlinked(name, error);
        }
        initialize(type);
        return type;
    }

    private void initialize(Class<?> type) throws LoadFailure {
        try {
            Class.forName(type.getName(), true, loader);
        } catch (ExceptionInInitializerError error) {
            Throwable cause = error.getCause() == null ? error : error.getCause();
            throw new LoadFailure("LoadError", "The static initializer of " + type.getName() + " threw: "
                + Trace.title(cause), cause);
        } catch (ClassFormatError | NoClassDefFoundError error) {
            throw unlinked(type.getName(), error);
        } catch (Throwable error) {
            throw new LoadFailure("LoadError", "The static initializer of " + type.getName() + " threw: "
                + Trace.title(error), error);
        }
    }

    /** A new instance, by the public constructor without parameters. */
    Object make(Class<?> type) throws LoadFailure {
        String name = type.getName();
        if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
            throw new LoadFailure("HandlerNotAFunction", name
                + " is abstract; a class that can be made an instance of is expected.");
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor();
            boolean isHidden = Modifier.isPrivate(constructor.getModifiers());
            if (isHidden) {
                throw new LoadFailure("HandlerNotFound", "The constructor of " + name
                    + " is private; it has to be public.");
            }
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (NoSuchMethodException error) {
            boolean isInner = type.isMemberClass() && !Modifier.isStatic(type.getModifiers());
            throw new LoadFailure("HandlerNotFound", name + " has no public constructor without parameters"
                + (isInner ? ", because it is an inner class that is not static." : "."));
        } catch (InvocationTargetException error) {
            Throwable cause = error.getCause();
            if (cause instanceof NoClassDefFoundError missing) {
                throw unlinked(name, missing);
            }
            throw new LoadFailure("LoadError", "The constructor of " + name + " threw: " + Trace.title(cause), cause);
        } catch (ReflectiveOperationException error) {
            throw new LoadFailure("HandlerNotFound", name + " cannot be made an instance of: " + error.getMessage()
                + ".");
        }
    }

    /** Why a class, or one that it needs, could not be linked. */
    static LoadFailure unlinked(String name, LinkageError error) {
        String message = String.valueOf(error.getMessage());
        if (error instanceof UnsupportedClassVersionError) {
            Matcher version = VERSION.matcher(message);
            String newer = version.find() ? "Java " + (Integer.parseInt(version.group(1)) - BEFORE_JAVA)
                : "a newer Java";
            String culprit = message.contains(" ") ? message.substring(0, message.indexOf(' ')).replace('/', '.')
                : name;
            return new LoadFailure("UnsupportedClassVersion", culprit + " was compiled for " + newer
                + ", and this is Java "
                + Runtime.version().feature() + ": compile with --release " + Runtime.version().feature() + ".");
        }
        if (error instanceof NoClassDefFoundError && message.contains("wrong name")) {
            return new LoadFailure("ModuleNotFound", "The file of the class '" + name + "' holds another: "
                + message.replace('/', '.') + ".");
        }
        if (error instanceof NoClassDefFoundError && message.startsWith("Could not initialize")) {
            return new LoadFailure("LoadError", message + ".", error);
        }
        if (error instanceof NoClassDefFoundError) {
            return new LoadFailure("LoadError", name + " needs the class " + message.replace('/', '.')
                + ", which is not in the package.\nNothing is installed for a function: put its jar into lib/.", error);
        }
        return new LoadFailure("LoadError", name + " cannot be linked: " + Trace.title(error), error);
    }
}
