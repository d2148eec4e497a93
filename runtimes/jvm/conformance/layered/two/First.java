package conformance.layered;

public final class First {
    private First() {
    }

    public static String text() {
        return "two";
    }
}
