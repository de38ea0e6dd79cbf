package sprite.client.stress;

/** What goes wrong while workers work, once in every window. Immutable. */
public sealed interface Troubles {
    /** Nothing. */
    record None() implements Troubles {}

    /**
     * Mounts are killed in turn.
     *
     * @param command for the shell: kills the daemon of {@code $MOUNT} and mounts it again
     */
    record Remounts(String command) implements Troubles {}

    /**
     * Whatever a program does; it says what may be lost.
     *
     * @param command for the shell; {@link FaultProgram} tells what it has to write
     */
    record Faults(String command) implements Troubles {}
}
