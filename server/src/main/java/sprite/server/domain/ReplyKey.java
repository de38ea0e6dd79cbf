package sprite.server.domain;

/**
 * Under which a reply is kept: who asked, and the number of the request. Immutable.
 *
 * @param client the client's id
 * @param session the epoch of its session
 * @param seq the request's number in that session
 */
public record ReplyKey(long client, long session, long seq) {}
