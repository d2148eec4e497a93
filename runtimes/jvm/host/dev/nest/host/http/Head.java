package dev.nest.host.http;

/**
 * A request without its body, checked.
 *
 * @param target in origin form (`/path?query`), or `*`
 * @param length of the body; -1 when it comes in chunks
 */
public record Head(String method, String target, boolean isVersion10, Headers headers, long length,
                   boolean isKeptAlive, boolean expectsContinue) {
    boolean hasBody() {
        return length != 0;
    }

    /** The part of the target before the question mark. */
    public String path() {
        int mark = target.indexOf('?');
        return mark < 0 ? target : target.substring(0, mark);
    }

    /** The part of the target after the question mark, as it came; empty when there is none. */
    public String query() {
        int mark = target.indexOf('?');
        return mark < 0 ? "" : target.substring(mark + 1);
    }
}
