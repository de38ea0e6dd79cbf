package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;

/** A server that is killed and comes back: its clients go on, and miss nothing. */
final class ServerCrashTest {
    @Test
    void losesNothingThatLivingClientsWrote() throws Exception {
        try (var mounts = TwoMounts.start()) {
            Place here = Place.make(mounts, "crash");
            keepsWhatWasClosed(mounts, here);
            reopensWhatWasOpen(mounts, here);
            callsWaitForTheServerAndOtherServersDoNot(mounts, here);
        }
    }

    private static void restart(TwoMounts mounts) throws IOException, InterruptedException {
        mounts.processes().kill("root-server");
        mounts.startRoot();
    }

    private static void keepsWhatWasClosed(TwoMounts mounts, Place here) throws Exception {
        here.python("""
                put(A + "/delayed", b"delayed")
                with open(B + "/synced", "wb") as f:
                    f.write(b"durable")
                    f.flush()
                    os.fsync(f.fileno())
                put(B + "/removed", b"x")
                os.unlink(A + "/removed")
                os.rename(B + "/synced", B + "/renamed")
                """);
        restart(mounts);
        here.python("""
                same((b"delayed", b"durable"), (get(B + "/delayed"), get(A + "/renamed")))
                same(["delayed", "renamed"], sorted(os.listdir(A)))
                put(B + "/after", b"works")
                same(b"works", get(A + "/after"))
                """);
    }

    private static void reopensWhatWasOpen(TwoMounts mounts, Place here) throws Exception {
        try (var alone = open(here.a().resolve("alone"));
                var shared = open(here.a().resolve("shared"));
                var sharer = open(here.b().resolve("shared"));
                var unlinked = open(here.a().resolve("unlinked"))) {
            for (FileChannel channel : new FileChannel[] {alone, shared, unlinked}) {
                append(channel, "before ");
            }
            here.python("os.unlink(A + '/unlinked')");
            restart(mounts);
            for (FileChannel channel : new FileChannel[] {alone, shared, unlinked}) {
                append(channel, "after");
                assertEquals("before after", content(channel));
            }
            assertEquals("before after", content(sharer));
            here.python("same((b'before after', b'before after'), (get(B + '/alone'), get(A + '/shared')))");
        }
    }

    private static void callsWaitForTheServerAndOtherServersDoNot(TwoMounts mounts, Place here) throws Exception {
        try (var elsewhere = open(here.projectsA().resolve("f"))) {
            mounts.processes().kill("root-server");
            Process waiting = new ProcessBuilder(
                            "timeout", "60", "cat", here.b().resolve("delayed").toString())
                    .start();
            assertEquals(5, elsewhere.write(ByteBuffer.wrap(new byte[5]), 0));
            assertEquals(5, elsewhere.read(ByteBuffer.allocate(10), 0));
            mounts.startRoot();
            assertEquals("delayed", new String(waiting.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static void append(FileChannel channel, String text) throws IOException {
        var _ = channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), channel.size());
    }

    private static String content(FileChannel channel) throws IOException {
        var buffer = ByteBuffer.allocate(100);
        int length = channel.read(buffer, 0);
        return new String(buffer.array(), 0, Math.max(0, length), StandardCharsets.UTF_8);
    }
}
