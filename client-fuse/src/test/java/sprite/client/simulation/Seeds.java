package sprite.client.simulation;

/** Runs seeds, one at a time; what does so is loaded by {@code Rewriting}. */
public interface Seeds {
    /**
     * Runs one.
     *
     * @param bug what is wrong with what nodes say, the name of a {@code Bug}; empty: nothing
     * @param lines of its story to be told if it fails
     */
    Report run(long seed, String bug, int lines);
}
