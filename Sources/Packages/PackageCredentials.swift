/// Who a package is fetched as; from the Secret that `package.secretRef` names.
public enum PackageCredentials: Sendable, Hashable {
    case token(String)
    case password(username: String, password: String)
}
