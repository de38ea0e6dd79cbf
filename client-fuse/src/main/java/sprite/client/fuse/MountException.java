package sprite.client.fuse;

/** A mount could not be made; the message names the thing, the cause and, where there is one, the way out. */
public final class MountException extends Exception {
    private static final long serialVersionUID = 1;

    public MountException(String message) {
        super(message, null, false, false);
    }
}
