package sprite.server.domain;

import java.util.function.Function;

/**
 * A reply to be stored in the same atomic write as what it tells of. Immutable.
 *
 * @param key under which {@link Domain#keptReply} finds it
 * @param reply makes its bytes of the outcome
 */
public record Keeping<T>(ReplyKey key, Function<T, byte[]> reply) {}
