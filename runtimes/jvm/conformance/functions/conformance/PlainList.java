package conformance;

/** Neither a handler nor anything that is known as one. */
public final class PlainList {
    public int size() {
        return 1;
    }
}
