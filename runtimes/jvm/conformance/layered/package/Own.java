package conformance.layered;

public final class Own {
    private Own() {
    }

    public static String text() {
        return "package";
    }
}
