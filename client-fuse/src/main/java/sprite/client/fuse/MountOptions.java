package sprite.client.fuse;

/**
 * What a driver must know about a mount besides where it is. Immutable.
 *
 * @param source what {@code mount} shows as the device, such as {@code spritefs:127.0.0.1:7000}
 * @param readOnly the kernel refuses every change
 * @param allowOther other users than the one who mounts may use it; needs root or {@code user_allow_other} in
 *     {@code /etc/fuse.conf}
 */
public record MountOptions(String source, boolean readOnly, boolean allowOther) {
    public MountOptions {
        if (source.isEmpty() || source.indexOf(',') >= 0 || source.indexOf('\\') >= 0) {
            throw new IllegalArgumentException("not a source of a mount: '" + source + "'");
        }
    }
}
