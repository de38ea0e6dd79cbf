package sprite.server.domain;

/**
 * Whose doing the newest versions of a file are. Immutable.
 *
 * @param client for which all versions above {@code after} were made; 0: nobody in particular
 * @param after the last version that was made for another
 */
public record Raiser(long client, long after) {
    /** Not known. */
    public static final Raiser NOBODY = new Raiser(0, 0);
}
