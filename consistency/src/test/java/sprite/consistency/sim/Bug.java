package sprite.consistency.sim;

/** A rule broken on purpose, to see that the oracles notice. */
public enum Bug {
    DIRTY_READER("a last writer that reads is invalidated without write-back"),
    CLOSED_WRITER_NOT_RECALLED("a closed last writer is not recalled (trap 2)"),
    NO_LAST_WRITER_ON_READ_OPEN("no last writer when a read-only open resumes caching (trap 17)"),
    VERSION_NOT_RAISED("an open for writing leaves the version alone"),
    ONE_OLDER_IS_GOOD_TO_READ("a reader keeps blocks of the version before"),
    CALLBACK_NOT_AWAITED("the open is answered before anybody has obeyed"),
    FIRST_DONE_ANSWERS("the open is answered when the first of several has obeyed"),
    STALE_WRITTEN_BACK("a late WrittenBack clears the last writer that opened again"),
    SECOND_DESCRIPTOR("cacheability looks at the new open only (Sprite)"),
    OPENER_NOT_RECALLED("an opener that loses the right to cache learns of it from the reply only (Sprite)"),
    DEAD_OPENER_INSTALLED("an open whose client died during the recall is installed"),
    CHANGE_PLAYED_AS_OPEN("a truncation is played as open and close of its client"),
    DONE_COUNTED_TWICE("a repeated CallbackDone counts for a later callback"),
    NO_FENCE("a write-back of a dead client is accepted"),
    SIZE_FROM_ANYONE("a report of size counts whoever sends it"),
    REPORT_SHRINKS("a report of size overrules what arrived at the server meanwhile"),
    GRANT_DURING_CHANGE("names are granted while a change is under way"),
    GRANT_NOT_REVOKED("a change of names does not take the grants"),
    OWN_CHANGE_FROM_CACHE("a client answers from its cache what its own change in flight alters"),
    ATTRIBUTES_NOT_REVOKED("an open for writing does not take the attribute grants"),
    GRANT_TAKEN_SILENTLY("a grant is taken from an opener with the reply, without a revocation"),
    FETCH_OUTRUNS_WRITE("a fetch that a local write overtook is cached"),
    FETCH_OUTRUNS_INVALIDATION("a fetch that an invalidation overtook is cached"),
    NO_DRAIN_BEFORE_UNCACHED("uncached reads and writes do not wait for write-backs in flight"),
    NO_DRAIN_BEFORE_CACHED("cached reads and writes do not wait for uncached ones in flight"),
    SIZE_FROM_CROSSED_OPEN("the size in an open's reply is believed though an uncached write crossed the open"),
    OWN_SIZE_FORGOTTEN_ON_THE_WAY("a stat is believed though this client knew better when it asked"),
    TWO_WRITE_BACKS_OF_A_BLOCK("a block dirtied again is written back while its last write-back is in flight"),
    DROPPED_BEFORE_TRUNCATION("blocks past the new size are dropped when truncation is asked for"),
    CLOSED_WHILE_TRUNCATING("a close with its report of size does not wait for the client's own truncation"),
    CLOSED_WITHOUT_DIRTY("close says clean though a write-back is in flight"),
    NO_HANDLE_NO_ANSWER("a client that has no handle on the file does not answer its callback (trap 1)"),
    LOCK_IN_A_CALLBACK("the server lets nothing be written to a file while it waits for clients to obey (trap 10)"),
    REPORT_OF_THE_DEAD_AWAITED("a stat waits for the report of a client that died (trap 13)");

    private final String description;

    Bug(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }
}
