package sprite.consistency;

/** What an open file is open for. Immutable. */
public record OpenMode(boolean read, boolean write, boolean execute) {
    public static final OpenMode READ = new OpenMode(true, false, false);
    public static final OpenMode WRITE = new OpenMode(false, true, false);
    public static final OpenMode READ_WRITE = new OpenMode(true, true, false);
    public static final OpenMode EXECUTE = new OpenMode(true, false, true);
}
