package sprite.client.simulation;

/** Runs seeds, one at a time; what does so is loaded by {@code Rewriting}. */
public interface Seeds {
    /**
     * Runs one.
     *
     * @param lines of its story to be told if it fails
     */
    Report run(long seed, int lines);
}
