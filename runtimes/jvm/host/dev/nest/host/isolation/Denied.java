package dev.nest.host.isolation;

import java.security.Permission;
import java.util.Map;

/**
 * What a tenant's code may not do because it would reach its neighbours: a table from the JDK's permissions to words.
 * Pure.
 */
final class Denied {
    /** By whom a permission is refused. */
    enum Scope {
        /** To any code on a thread of a sandbox. */
        THREAD,
        /** To a tenant's code, also where it calls the JDK; not to the JDK on its own account. */
        CODE
    }

    /**
     * One refusal.
     *
     * @param reason what the exception says
     */
    record Rule(Scope scope, String reason) {
    }

    private static final String SHARED = "the JVM is shared with other functions";
    private static final Map<String, Rule> RUNTIME = Map.ofEntries(
        rule("setSecurityManager", Scope.THREAD, "The security manager may not be replaced: " + SHARED),
        rule("setIO", Scope.THREAD, "System.setIn, setOut and setErr are refused: " + SHARED
            + "; each has its own streams already"),
        rule("setDefaultUncaughtExceptionHandler", Scope.THREAD,
            "Thread.setDefaultUncaughtExceptionHandler is refused: " + SHARED
                + "; set a handler on your threads or their thread group"),
        rule("modifyThreadGroup", Scope.CODE, "The threads of other functions are not to be seen or changed"),
        rule("manageProcess", Scope.CODE, "Processes may not be looked at or ended: " + SHARED),
        rule("setFactory", Scope.CODE, "A factory for sockets or URL handlers may not be set: " + SHARED
            + "; pass one where it is used"),
        rule("readFileDescriptor", Scope.CODE, "Descriptors may not be opened by number: they are the host's"),
        rule("writeFileDescriptor", Scope.CODE,
            "Descriptors may not be opened by number: they are the host's; print to System.out"));
    private static final Map<String, String> NET = Map.of(
        "setDefaultAuthenticator", "Authenticator.setDefault", "setProxySelector", "ProxySelector.setDefault",
        "setCookieHandler", "CookieHandler.setDefault", "setResponseCache", "ResponseCache.setDefault");
    private static final Map<String, String> SSL = Map.of(
        "setDefaultSSLContext", "SSLContext.setDefault", "setHostnameVerifier",
        "HttpsURLConnection.setDefaultHostnameVerifier");

    private Denied() {
    }

    /** The rule against a permission; null where it is allowed. */
    static Rule rule(Permission permission) {
        String name = permission.getName();
        if (permission instanceof RuntimePermission) {
            return runtime(name);
        }
        return switch (permission.getClass().getName()) {
            case "java.net.NetPermission" -> global(NET.get(name));
            case "javax.net.ssl.SSLPermission" -> global(SSL.get(name));
            case "java.util.PropertyPermission" -> property(name, permission.getActions());
            case "java.security.SecurityPermission" -> security(name);
            case "java.lang.management.ManagementPermission" -> name.equals("control")
                ? code("Control of the JVM (heap dumps, options, diagnostics) is refused: " + SHARED) : null;
            case "jdk.jfr.FlightRecorderPermission" -> code("Flight recordings are refused: " + SHARED);
            case "java.sql.SQLPermission" -> name.equals("deregisterDriver") ? null
                : code("DriverManager is shared with other functions");
            case "java.nio.file.LinkPermission" ->
                code("Links are refused: they would lead out of the function's own directories");
            case "com.sun.tools.attach.AttachPermission" -> code("Attaching to a JVM is refused");
            default -> null;
        };
    }

    private static Rule runtime(String name) {
        if (name.startsWith("exitVM")) {
            return new Rule(Scope.THREAD,
                "System.exit and Runtime.halt are refused: they would end other functions too; return or throw instead");
        }
        if (name.startsWith("loadLibrary")) {
            return code("Native libraries are refused (" + name
                + "): machine code would not be kept from other functions");
        }
        return RUNTIME.get(name);
    }

    private static Rule property(String name, String actions) {
        if (!actions.contains("write")) {
            return null;
        }
        return switch (name) {
            case "user.timezone" ->
                code("TimeZone.setDefault is refused: " + SHARED + "; pass a zone where it is used");
            case "user.language" ->
                code("Locale.setDefault is refused: " + SHARED + "; pass a locale where it is used");
            default -> null;
        };
    }

    private static Rule security(String name) {
        return name.equals("setPolicy") || name.startsWith("setProperty") || name.equals("setSystemScope")
            ? code("Security settings (" + name + ") are refused: " + SHARED) : null;
    }

    private static Rule global(String call) {
        return call == null ? null
            : code(call + " is refused: " + SHARED + "; pass it to the client or connection that needs it");
    }

    private static Rule code(String reason) {
        return new Rule(Scope.CODE, reason);
    }

    private static Map.Entry<String, Rule> rule(String name, Scope scope, String reason) {
        return Map.entry(name, new Rule(scope, reason));
    }
}
