package sprite.consistency.history;

/** What is known of how an operation ended. */
public enum Outcome {
    /** It was done. */
    OK,
    /** It was done, and fsync(2) said that it is on disk: no crash undoes it. */
    DURABLE,
    /** It was refused and changed nothing. */
    FAILED,
    /** It failed in a way that does not tell whether it was done, or was done and then lost with its host. */
    UNKNOWN
}
