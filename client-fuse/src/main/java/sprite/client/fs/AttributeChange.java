package sprite.client.fs;

import org.jspecify.annotations.Nullable;
import sprite.common.file.FileTime;

/**
 * What a setattr request changes; null leaves a thing as it is. Immutable.
 *
 * @param mode permission, set-id and sticky bits
 * @param size truncates, or extends with zeros
 * @param accessedNow the access time becomes the server's present ({@code accessed} is then null)
 * @param modifiedNow likewise for the modification time
 */
public record AttributeChange(
        @Nullable Integer mode,
        @Nullable Integer uid,
        @Nullable Integer gid,
        @Nullable Long size,
        @Nullable FileTime accessed,
        boolean accessedNow,
        @Nullable FileTime modified,
        boolean modifiedNow) {}
