package sprite.server.domain;

import org.jspecify.annotations.Nullable;
import sprite.common.file.Attributes;

/**
 * What a command did: attributes as they are afterwards, of those involved. Immutable.
 *
 * @param file the entry made, removed, moved, linked or changed; of a file that is gone for good, its last attributes
 *     with {@code links} 0
 * @param directory whose names changed (of a rename: the source); null if none did
 * @param toDirectory of a rename into another directory: the target; else null
 * @param replaced of a rename over an entry, or an exchange: that other file; else null
 */
public record Outcome(
        Attributes file,
        @Nullable Attributes directory,
        @Nullable Attributes toDirectory,
        @Nullable Attributes replaced) {}
