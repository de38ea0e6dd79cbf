package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A domain on a disk of 64 MiB: what does not fit is refused to the writer, and what was stored stays. */
final class FullDiskTest {
    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertEquals(0, process.waitFor(), () -> String.join(" ", command));
    }

    @Test
    void refusesWhatDoesNotFitAndTakesItOnceThereIsSpace() throws Exception {
        Path disk = TwoMounts.emptyDirectory();
        run("mount", "-t", "tmpfs", "-o", "size=64m", "spritefs-test", disk.toString());
        try (var mounts = TwoMounts.start(TwoMounts.emptyDirectory(), disk)) {
            Place here = Place.make(mounts, "full");
            here.shell("""
                    head -c 10M /dev/urandom >/tmp/spritefs-$$
                    cp /tmp/spritefs-$$ $A/stored
                    sync $A/stored
                    refused "No space left" dd if=/dev/zero of=$A/synced bs=1M count=100 conv=fsync
                    cmp /tmp/spritefs-$$ $A/stored
                    cmp /tmp/spritefs-$$ $B/stored
                    rm $A/synced
                    sync $A/stored
                    head -c 100M /dev/urandom >/tmp/spritefs-$$-large
                    refused "No space left" cp /tmp/spritefs-$$-large $B/copied
                    rm -f $B/copied
                    cp /tmp/spritefs-$$ $B/after
                    sync $B/after
                    cmp /tmp/spritefs-$$ $A/after
                    rm /tmp/spritefs-$$ /tmp/spritefs-$$-large
                    """);
        } finally {
            run("umount", disk.toString());
            Files.delete(disk);
        }
    }
}
