package sprite.consistency;

import org.jspecify.annotations.Nullable;

/**
 * Whose doing the newest versions of a file are. A client that is granted an open may never hear of it, because the
 * server ends first; it then names the version before, though nobody else has written since. Immutable.
 *
 * @param by the client for which all versions above {@code after} were made; null if that is not known
 * @param after the last version that was made for another
 */
// See "Own Open Unheard" in the design notes.
public record Raised(@Nullable ClientId by, Version after) {

    /** Nothing is known: any version may be another client's. */
    public static Raised unknown(Version current) {
        return new Raised(null, current);
    }

    /** After {@code before}, the newest version until now, one more is made for {@code client}. */
    Raised again(ClientId client, Version before) {
        return client.equals(by) ? this : new Raised(client, before);
    }

    /** Whether the newest versions were made for somebody else than {@code client}. */
    boolean isOfAnother(ClientId client) {
        return by != null && !by.equals(client);
    }

    /** Whether nobody but {@code client} can have changed the file since it had {@code version}. */
    boolean isOwnSince(ClientId client, Version version) {
        return client.equals(by) && version.compareTo(after) >= 0;
    }
}
