package sprite.client.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts this very program once more, in the background: the same JVM, options and arguments, and {@code --foreground}.
 * The child tells on its stdout when its mount works, and closes it by ending if it does not. Pure but for the process.
 */
final class Background {
    private Background() {}

    /** Another command in place of this one. Immutable. */
    record Replacement(String name, List<String> words) {}

    /** Returns when the daemon's mount works. Its messages go to {@code log}. */
    static void start(Path log) throws CommandException {
        start(log, null);
    }

    /**
     * As {@link #start(Path)}, with other words in place of the command and what follows, and in the directory "/",
     * since this one's may be in the mount; with nothing changed if they are null.
     */
    static void start(Path log, @Nullable Replacement other) throws CommandException {
        try {
            Path directory = log.getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            long before = Files.exists(log) ? Files.size(log) : 0;
            var builder = new ProcessBuilder(command(other));
            if (other != null) {
                var _ = builder.directory(Path.of("/").toFile());
            }
            Process daemon = builder.redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            try (BufferedReader out = daemon.inputReader(StandardCharsets.UTF_8)) {
                if (out.readLine() == null) {
                    throw new CommandException(complaint(log, before));
                }
            }
        } catch (IOException e) {
            throw new CommandException("the daemon cannot be started: " + e.getMessage());
        }
    }

    /**
     * Our own command line, in a session of its own so that it survives the terminal. Read as UTF-8, because the JVM
     * takes and passes on arguments in the locale's encoding, and {@code scripts/spritefs} sees to it that it is that.
     */
    private static List<String> command(@Nullable Replacement other) throws IOException {
        String[] words =
                new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.UTF_8).split("\0", -1);
        List<String> command = new ArrayList<>(List.of("setsid"));
        List<String> own = Arrays.asList(words).subList(0, words.length - 1);
        if (other == null) {
            command.addAll(own);
        } else {
            command.addAll(own.subList(0, own.lastIndexOf(other.name())));
            command.addAll(other.words());
        }
        command.set(1, ProcessHandle.current().info().command().orElse(words[0]));
        command.add("--foreground");
        return command;
    }

    /** The last words of a daemon that did not get so far as to serve. */
    private static String complaint(Path log, long before) throws IOException {
        byte[] all = Files.readAllBytes(log);
        int start = (int) Math.min(before, all.length);
        String said = new String(all, start, all.length - start, StandardCharsets.UTF_8).strip();
        String last = said.substring(said.lastIndexOf('\n') + 1).replaceFirst("^spritefs mount: ", "");
        return last.isEmpty() ? "the daemon ended without a word; its log is " + log : last;
    }
}
