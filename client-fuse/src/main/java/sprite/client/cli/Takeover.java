package sprite.client.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.ClientDaemon;
import sprite.client.StartException;
import sprite.client.box.Box;
import sprite.client.box.Boxes;
import sprite.client.box.Reading;
import sprite.client.config.ClientConfig;
import sprite.client.control.ControlClient;
import sprite.client.control.ControlSocket;
import sprite.client.control.HandOverAnswer;
import sprite.client.control.RecoveryBoxes;
import sprite.client.fs.Mounted;
import sprite.client.fuse.Driver;
import sprite.client.fuse.MountException;
import sprite.client.fuse.kernel.Holder;
import sprite.common.wire.proto.RecoveryBox;

/** Takes over a mount that its daemon has left, or was killed with. Confined to the main thread. */
final class Takeover {
    private static final Logger log = LoggerFactory.getLogger(Takeover.class);

    private Takeover() {}

    /** Refuses unless the mount would survive its daemon if that were killed. */
    static void requireBox(Path mountPoint) throws CommandException {
        if (!Boxes.isComplete(RecoveryBoxes.living(mountPoint))) {
            throw new CommandException(mountPoint + " is not mounted with -o takeover: it ends with its daemon");
        }
    }

    /** Has the daemon of a mount leave it; nothing if that was killed, and what it kept is there. */
    static void ask(Path mountPoint) throws CommandException {
        HandOverAnswer answer;
        try {
            answer = ControlClient.handOver(ControlSocket.of(mountPoint));
        } catch (IOException e) {
            if (RecoveryBoxes.isOrphan(mountPoint)) {
                return;
            }
            throw new CommandException("the daemon of " + mountPoint + " does not answer: " + e.getMessage());
        }
        if (!answer.left()) {
            throw new CommandException("the daemon of " + mountPoint + " goes on: " + answer.why());
        }
    }

    /**
     * Takes away what a killed daemon has left of a mount that has ended; returns how many bytes are lost with it that
     * it had not written back.
     */
    static long clearAway(Path mountPoint) throws CommandException {
        Path living = RecoveryBoxes.living(mountPoint);
        try {
            Box box = Box.takeOver(living);
            if (box == null) {
                Boxes.remove(living);
                return 0;
            }
            Holder.end(box.process(Box.Word.HOLDER));
            long lost = box.formerBytes();
            box.end();
            box.close();
            return lost;
        } catch (IOException e) {
            throw new CommandException(living + " cannot be cleared away: " + e.getMessage());
        }
    }

    /** Makes something for a new daemon. */
    interface Maker<T> {
        T make() throws CommandException;
    }

    /** Makes how a mount is spoken with, for a daemon that keeps a box. */
    interface DriverMaker {
        Driver with(Box box) throws CommandException;
    }

    /**
     * What a daemon takes over with. Immutable.
     *
     * @param arguments of the command that starts one like it
     */
    record Means(Maker<Box> box, DriverMaker driver, List<String> arguments) {}

    /** A mount in use. Immutable. */
    record Taken(Driver driver, Mounted files, Box box) {}

    /** Serves a mount that was left, or whose daemon was killed. If that cannot be, another daemon may try. */
    static Taken of(Path mountPoint, Means means, ClientConfig config) throws CommandException {
        try {
            RecoveryBox left = RecoveryBoxes.claim(mountPoint);
            return left == null ? fromBox(mountPoint, means, config) : fromMessage(mountPoint, means, config, left);
        } catch (IOException e) {
            throw new CommandException(mountPoint + " cannot be taken over: " + e.getMessage());
        }
    }

    private static Taken fromMessage(Path mountPoint, Means means, ClientConfig config, RecoveryBox left)
            throws CommandException, IOException {
        Box box = Box.NONE;
        Taken taken = null;
        try {
            box = boxIfPossible(means);
            taken = take(mountPoint, means, box, config, left);
        } catch (MountException | StartException | RuntimeException e) {
            throw refusal(mountPoint, e);
        } finally {
            if (taken == null) {
                box.end();
                RecoveryBoxes.unclaim(mountPoint);
            }
        }
        RecoveryBoxes.forget(mountPoint);
        return taken;
    }

    /** Programs wait: to go on without a box is better than not at all. */
    private static Box boxIfPossible(Means means) {
        try {
            return means.box().make();
        } catch (CommandException e) {
            log.warn("{}; this mount will end with its daemon", e.getMessage());
            return Box.NONE;
        }
    }

    private static Taken fromBox(Path mountPoint, Means means, ClientConfig config)
            throws CommandException, IOException {
        Box box = Box.takeOver(RecoveryBoxes.living(mountPoint));
        if (box == null) {
            throw new CommandException("another daemon is taking " + mountPoint + " over, or none can");
        }
        if (box.isSpoilt()) {
            throw new CommandException(mountPoint + " cannot be taken over: more was open than its recovery box holds;"
                    + " 'spritefs umount --force " + mountPoint + "' gives it up");
        }
        try {
            RecoveryBox left = RecoveryBox.newBuilder()
                    .setMount(Reading.mount(box))
                    .setSpace(Reading.space(box))
                    .build();
            box.putText(means.arguments());
            Taken taken = take(mountPoint, means, box, config, left);
            log.warn("{} goes on: this daemon took it over from one that was killed", mountPoint);
            box.freeFormer();
            return taken;
        } catch (MountException | StartException | RuntimeException e) {
            throw refusal(mountPoint, e);
        }
    }

    private static Taken take(Path mountPoint, Means means, Box box, ClientConfig config, RecoveryBox left)
            throws CommandException, MountException, StartException {
        Driver driver = means.driver().with(box);
        Mounted files = ClientDaemon.inherit(config, left.getSpace(), box);
        driver.takeOver(mountPoint, files, left.getMount());
        files.goOn();
        return new Taken(driver, files, box);
    }

    private static CommandException refusal(Path mountPoint, Exception why) {
        return new CommandException(mountPoint + " cannot be taken over: " + why.getMessage()
                + "; 'spritefs umount --force " + mountPoint + "' gives it up");
    }
}
