package sprite.client.cli;

import java.io.IOException;
import java.nio.file.Path;
import sprite.client.ClientDaemon;
import sprite.client.StartException;
import sprite.client.config.ClientConfig;
import sprite.client.control.ControlClient;
import sprite.client.control.ControlSocket;
import sprite.client.control.HandOverAnswer;
import sprite.client.control.RecoveryBoxes;
import sprite.client.fs.Mounted;
import sprite.client.fuse.Driver;
import sprite.client.fuse.MountException;
import sprite.common.wire.proto.RecoveryBox;

/** Takes over a mount that its daemon has left. Confined to the main thread. */
final class Takeover {
    private Takeover() {}

    /** Has the daemon of a mount leave it. */
    static void ask(Path mountPoint) throws CommandException {
        HandOverAnswer answer;
        try {
            answer = ControlClient.handOver(ControlSocket.of(mountPoint));
        } catch (IOException e) {
            throw new CommandException("the daemon of " + mountPoint + " does not answer: " + e.getMessage());
        }
        if (!answer.left()) {
            throw new CommandException("the daemon of " + mountPoint + " goes on: " + answer.why());
        }
    }

    /** Makes {@code driver} serve it. If that cannot be, another daemon may try. */
    static Mounted of(Path mountPoint, Driver driver, ClientConfig config) throws CommandException {
        try {
            RecoveryBox box = RecoveryBoxes.claim(mountPoint);
            if (box == null) {
                throw new CommandException("another daemon is taking " + mountPoint + " over");
            }
            try {
                Mounted files = ClientDaemon.inherit(config, box.getSpace());
                driver.takeOver(mountPoint, files, box.getMount());
                files.goOn();
                RecoveryBoxes.forget(mountPoint);
                return files;
            } catch (MountException | StartException | RuntimeException e) {
                RecoveryBoxes.unclaim(mountPoint);
                throw new CommandException(mountPoint + " cannot be taken over: " + e.getMessage()
                        + "; 'spritefs umount --force " + mountPoint + "' gives it up");
            }
        } catch (IOException e) {
            throw new CommandException(mountPoint + " cannot be taken over: " + e.getMessage());
        }
    }
}
