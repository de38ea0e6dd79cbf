package sprite.client.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Runs sh for tests. No state. */
public final class Shell {
    private static final Duration MAX = Duration.ofSeconds(30);

    private Shell() {}

    /** What a script said and how it ended. */
    public record Result(int status, String output) {}

    /** Starts a script in a directory; stderr goes with stdout. */
    public static Process start(Path directory, String script) throws IOException {
        return new ProcessBuilder("sh", "-c", script)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
    }

    /** Runs a script to its end. */
    public static Result run(Path directory, String script) throws IOException, InterruptedException {
        Process process = start(directory, script);
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(MAX.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("does not end: " + script);
        }
        return new Result(process.exitValue(), output.strip());
    }
}
