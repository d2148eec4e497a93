package conformance.layered;

public final class Second {
    private Second() {
    }

    public static String text() {
        return "two";
    }
}
