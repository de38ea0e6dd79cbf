package sprite.client.endtoend;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One process for each kind of system call, on one mount: {@code waits.py}, and what it says. Confined to the test's
 * thread.
 */
final class Kinds implements AutoCloseable {
    private static final long ANSWER_SECONDS_MAX = 60;

    private final Subject subject;
    private final Process process;
    private final BufferedReader said;
    private final Map<String, Returned> returned = new TreeMap<>();
    private int count;
    private Set<String> leftOut = Set.of();

    /** A call that came back: an error number or 0, and after how long. */
    record Returned(int error, double seconds) {}

    /** What was still waiting when it was killed, and how long it took until the last process was gone. */
    record Killed(int count, double seconds) {}

    /** A mount's name, and what {@code waits.py} is to know of it. */
    record Subject(String mount, String has) {}

    private Kinds(Subject subject, Process process) {
        this.subject = subject;
        this.process = process;
        this.said = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Begins to prepare the calls in {@code here}, which is {@code there} on the mount of another host. */
    static Kinds start(Path script, Subject subject, Path here, Path there, Path log) throws IOException {
        Process process = new ProcessBuilder(
                        "python3", script.toString(), here.toString(), there.toString(), subject.has())
                .directory(Path.of("/").toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return new Kinds(subject, process);
    }

    /** The mount's name. */
    String mount() {
        return subject.mount();
    }

    /** Waits until every process has got so far that only its call is left to do. */
    void awaitReady() throws IOException, InterruptedException {
        List<String> ready = List.of(words(line(), "ready"));
        count = Integer.parseInt(ready.get(1));
        leftOut = Set.copyOf(ready.subList(2, ready.size()));
    }

    /** Kinds that there are not on this mount. */
    Set<String> leftOut() {
        return leftOut;
    }

    /** How many there are. */
    int count() {
        return count;
    }

    /** All calls begin now. */
    void begin() throws IOException {
        say("go");
    }

    /** All that have returned so far, by their kind. */
    Map<String, Returned> returned() throws IOException, InterruptedException {
        say("tell");
        for (String line = line(); !line.equals("told"); line = line()) {
            String[] words = line.split(" ", -1);
            returned.put(words[0], new Returned(Integer.parseInt(words[1]), Double.parseDouble(words[2])));
        }
        return Map.copyOf(returned);
    }

    /** Kills those that have not returned, and waits until they are gone. */
    Killed kill() throws IOException, InterruptedException {
        say("kill");
        String[] words = words(line(), "killed");
        return new Killed(Integer.parseInt(words[1]), Double.parseDouble(words[2]));
    }

    private void say(String word) throws IOException {
        process.getOutputStream().write((word + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    private String line() throws IOException, InterruptedException {
        var line = new CompletableFuture<String>();
        Thread.ofVirtual().start(() -> {
            try {
                String read = said.readLine();
                line.complete(read == null ? "" : read);
            } catch (IOException e) {
                line.completeExceptionally(e);
            }
        });
        try {
            return line.get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the calls on " + mount() + " say nothing", e);
        }
    }

    private String[] words(String line, String first) throws IOException {
        String[] words = line.split(" ", -1);
        if (!words[0].equals(first)) {
            throw new IOException("the calls on " + mount() + " say '" + line + "' in place of " + first);
        }
        return words;
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
