package sprite.client.fuse;

/**
 * What a driver must know about a mount besides where it is. Immutable.
 *
 * @param source what {@code mount} shows as the device, such as {@code spritefs:127.0.0.1:7000}
 * @param readOnly the kernel refuses every change
 * @param allowOther other users than the one who mounts may use it; needs root or {@code user_allow_other} in
 *     {@code /etc/fuse.conf}
 * @param kernelChecks the kernel checks access, too, by the attributes that it asks for first; else only the servers
 *     do, which do not hear of programs that open a FIFO or connect to a socket
 */
public record MountOptions(String source, boolean readOnly, boolean allowOther, boolean kernelChecks) {
    public MountOptions {
        if (source.isEmpty() || source.indexOf(',') >= 0 || source.indexOf('\\') >= 0) {
            throw new IllegalArgumentException("not a source of a mount: '" + source + "'");
        }
    }

    /** The same, with the kernel checking access. */
    public MountOptions withKernelChecks() {
        return new MountOptions(source, readOnly, allowOther, true);
    }
}
