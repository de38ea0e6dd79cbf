package sprite.client.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Child JVMs with the class path and the flags that the product runs with. No state. */
final class Jvm {
    private static final long SECONDS_MAX = 60;

    private Jvm() {}

    /** What a program said and how it ended. */
    record Result(int status, String out, String err) {}

    /** Ready to start {@code main} with arguments. */
    static ProcessBuilder of(String main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path", ""),
                main));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    /** Runs {@code spritefs} with arguments to its end. */
    static Result spritefs(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("spritefs", ".out");
        Path err = Files.createTempFile("spritefs", ".err");
        try {
            Process process = of("sprite.client.cli.Main", arguments)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("does not end: spritefs " + String.join(" ", arguments));
            }
            return new Result(process.exitValue(), text(out), text(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8).strip();
    }
}
