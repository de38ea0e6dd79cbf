package sprite.client.call;

/**
 * The call for which something is opened. Immutable, but for the trail.
 *
 * @param number the kernel's, however often it asks; 0: nobody's
 */
public record Opener(long number, Trail trail) {
    /** What is opened for no call of a program. */
    public static final Opener NOBODY = new Opener(0, Trail.NONE);
}
