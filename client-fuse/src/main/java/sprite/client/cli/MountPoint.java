package sprite.client.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sprite.client.control.RecoveryBoxes;
import sprite.client.fuse.Kernel;

/** The place that a command is about, checked. Nothing here touches a file system that may be dead. */
final class MountPoint {
    private MountPoint() {}

    /** A directory where something can be mounted; without symbolic links. */
    static Path free(Path given) throws CommandException {
        requireUnmounted(given.toAbsolutePath().normalize());
        if (!Files.exists(given, LinkOption.NOFOLLOW_LINKS)) {
            throw new CommandException("mount point " + given + " does not exist; create it with mkdir");
        }
        if (!Files.isDirectory(given)) {
            throw new CommandException("mount point " + given + " is not a directory");
        }
        try {
            Path real = given.toRealPath();
            requireUnmounted(real);
            return real;
        } catch (IOException e) {
            throw new CommandException("mount point " + given + " cannot be used: " + e.getMessage());
        }
    }

    private static void requireUnmounted(Path place) throws CommandException {
        Optional<Kernel.Mount> there = mountAt(place);
        if (there.isEmpty()) {
            return;
        }
        String what = there.get().isSpritefs()
                ? "spritefs; 'spritefs umount " + place + "' ends it"
                : there.get().type() + "; choose another directory";
        throw new CommandException("mount point " + place + " is already mounted, with " + what);
    }

    /** A place whose daemon was killed, or has left a mount for another one to take over; null if it is none. */
    static @Nullable Path left(Path given) throws CommandException {
        Path absolute = given.toAbsolutePath().normalize();
        if (isLeft(absolute)) {
            return absolute; // to look whether it is a symbolic link would wait for that daemon
        }
        Path real = real(absolute);
        return isLeft(real) ? real : null;
    }

    private static boolean isLeft(Path place) throws CommandException {
        return (RecoveryBoxes.isLeft(place) || RecoveryBoxes.isOrphan(place)) && isOurs(place);
    }

    /** Whether it is a mount whose daemon was killed. */
    static boolean isOrphan(Path given) throws CommandException {
        Path place = left(given);
        return place != null && RecoveryBoxes.isOrphan(place);
    }

    private static boolean isOurs(Path place) throws CommandException {
        return mountAt(place).filter(Kernel.Mount::isSpritefs).isPresent();
    }

    /** A place where a spritefs is mounted. */
    static Path ours(Path given) throws CommandException {
        Path absolute = given.toAbsolutePath().normalize();
        if (isOurs(absolute)) {
            return absolute;
        }
        Path real = real(absolute);
        if (isOurs(real)) {
            return real;
        }
        throw new CommandException(given + " is no spritefs mount; 'spritefs status' lists those there are");
    }

    /** Follows symbolic links before the last component only, so that a dead mount is not asked. */
    private static Path real(Path place) {
        Path parent = place.getParent();
        if (parent == null) {
            return place;
        }
        try {
            Path resolved = Files.isSymbolicLink(place) ? place.toRealPath() : parent.toRealPath();
            return Files.isSymbolicLink(place) ? resolved : resolved.resolve(place.getFileName());
        } catch (IOException e) {
            return place;
        }
    }

    /** What is mounted at a place, if anything. */
    static Optional<Kernel.Mount> mountAt(Path place) throws CommandException {
        try {
            return Kernel.mountAt(place);
        } catch (IOException e) {
            throw new CommandException("the table of mounts cannot be read: " + e.getMessage());
        }
    }
}
