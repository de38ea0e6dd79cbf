package sprite.server.domain;

/**
 * Under which a reply is kept: who asked, and the number of the request. Immutable.
 *
 * @param client the client's id
 * @param session 0, because a client numbers its requests over all its sessions; domains made earlier may have others
 * @param seq the request's number
 */
public record ReplyKey(long client, long session, long seq) {
    /** Of request {@code seq} of a client, in whichever of its sessions it is said. */
    public static ReplyKey of(long client, long seq) {
        return new ReplyKey(client, 0, seq);
    }
}
