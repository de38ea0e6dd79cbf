package sprite.server.domain;

/**
 * Under which a reply is kept: who asked, and the number of the request. Immutable.
 *
 * @param client the client's id
 * @param session 0 for requests, -1 for writes of data, which are numbered apart; not a session, because a client
 *     numbers over all of them; domains made earlier may have others
 * @param seq the request's number
 */
public record ReplyKey(long client, long session, long seq) {
    private static final long WRITES = -1;

    /** Of write {@code number} of a client, in whichever of its sessions it is said. */
    public static ReplyKey ofWrite(long client, long number) {
        return new ReplyKey(client, WRITES, number);
    }

    /** Of request {@code seq} of a client, in whichever of its sessions it is said. */
    public static ReplyKey of(long client, long seq) {
        return new ReplyKey(client, 0, seq);
    }
}
