package sprite.client.stress;

/**
 * Something that programs do with shared files, for one window: its objects are new and nobody will use them again.
 * Thread-safe: several workers make steps at once.
 */
public interface Workload {
    /** Makes what all steps need. Called once, before them; {@code false} if this file system cannot have it. */
    boolean prepare(Worker worker);

    /** Does something, and returns before long. */
    void step(Worker worker);

    /** A last look, when nobody makes steps any more, and the end of all that is held; called for each worker. */
    void conclude(Worker worker);
}
