package dev.nest.host.isolation;

import java.security.Permission;
import java.security.Policy;
import java.security.ProtectionDomain;

/** Grants the host's and the JDK's code everything, and classes of loaders that tenants make what tenants may do. */
@SuppressWarnings("removal")
final class HostPolicy extends Policy {
    private final ClassLoader application = ClassLoader.getSystemClassLoader();
    private final ClassLoader platform = ClassLoader.getPlatformClassLoader();

    @Override
    public boolean implies(ProtectionDomain domain, Permission permission) {
        ClassLoader loader = domain.getClassLoader();
        return loader == application || loader == platform || loader == null && domain.getCodeSource() == null
            || Denied.rule(permission) == null;
    }
}
