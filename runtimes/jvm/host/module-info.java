/** One process that is the runtime host of many sandboxes. */
module dev.nest.host {
    requires dev.nest.function;
    requires java.logging;
    requires java.management;
    requires jdk.management;
    requires jdk.unsupported;
    requires static java.sql;
    requires static java.compiler;
    requires static java.desktop;

    exports dev.nest.host.isolation to java.logging;
}
