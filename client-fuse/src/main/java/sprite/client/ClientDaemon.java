package sprite.client;

import java.security.SecureRandom;
import sprite.client.box.Box;
import sprite.client.config.ClientConfig;
import sprite.client.fs.Mounted;
import sprite.client.space.MountedSpace;
import sprite.common.error.FsException;
import sprite.common.wire.Protocol;
import sprite.common.wire.proto.FormerSpace;

/** Starts a client: connects to its servers and finds the root of the name space. */
public final class ClientDaemon {
    private ClientDaemon() {}

    /**
     * A file system that can be mounted. Its servers have answered and "/" has been found.
     *
     * @param box where is kept what the mount's next daemon must know if this one is killed
     */
    public static Mounted start(ClientConfig config, Box box) throws StartException {
        // Not guessable, and different for every daemon that ever starts: servers tell clients apart by it.
        long client = new SecureRandom().nextLong() | 1;
        try {
            return MountedSpace.open(config, client, box);
        } catch (FsException e) {
            throw new StartException(explain(e, config));
        }
    }

    /**
     * Will go on where a daemon has {@link Mounted#leave left}, as the same client, after {@link Mounted#goOn}.
     *
     * @throws StartException if what was left makes no sense, or is of a protocol that this program does not speak
     */
    public static Mounted inherit(ClientConfig config, FormerSpace former, Box box) throws StartException {
        if (former.getProtocol() != Protocol.VERSION) {
            throw new StartException("the mount speaks version " + former.getProtocol() + " of the protocol with its"
                    + " servers, this program " + Protocol.VERSION);
        }
        try {
            return MountedSpace.inherit(config, former, box);
        } catch (FsException e) {
            throw new StartException("what the daemon before has left cannot be used: " + e.getMessage());
        }
    }

    private static String explain(FsException refusal, ClientConfig config) {
        String servers = String.join(", ", config.servers());
        return switch (refusal.error()) {
            case TIMED_OUT ->
                "no spritefs server answers at " + servers
                        + "; check the address and that `spritefs server` runs there";
            case NO_PREFIX ->
                "no server exports the prefix / (asked " + servers + "); start one with --domain /=DIR, or name it as a"
                        + " --peer of these";
            case PROTOCOL_MISMATCH ->
                "the server speaks another version of the protocol: " + refusal.subject()
                        + "; run the same spritefs on both sides";
            default -> "cannot use the servers " + servers + ": " + refusal.getMessage();
        };
    }
}
