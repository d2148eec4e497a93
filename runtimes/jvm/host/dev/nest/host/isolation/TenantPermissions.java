package dev.nest.host.isolation;

import java.net.URL;
import java.security.CodeSource;
import java.security.Permission;
import java.security.PermissionCollection;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.Enumeration;

/** What classes of functions and layers may do: all but what {@link Denied} lists. */
final class TenantPermissions extends PermissionCollection {
    private static final long serialVersionUID = 1;
    private static final TenantPermissions SHARED = new TenantPermissions();

    private TenantPermissions() {
        setReadOnly();
    }

    /** The domain of what comes from a place. It does not hold the loader, so whoever keeps it keeps no class. */
    static ProtectionDomain domain(URL location) {
        return new ProtectionDomain(new CodeSource(location, (Certificate[]) null), SHARED);
    }

    @Override
    public boolean implies(Permission permission) {
        return Denied.rule(permission) == null;
    }

    @Override
    public void add(Permission permission) {
        throw new SecurityException("these permissions are fixed");
    }

    @Override
    public Enumeration<Permission> elements() {
        return Collections.emptyEnumeration();
    }
}
