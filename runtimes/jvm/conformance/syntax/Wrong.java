public final class Wrong {
    public String handle( {
        return "";
    }
}
