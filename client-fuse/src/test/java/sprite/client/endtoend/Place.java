package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A new directory of the root's domain and one of {@code /projects}, as host A and host B see them.
 *
 * <p>Scripts find them as {@code $A $B} and {@code $PA $PB}, and as {@code A B PA PB} in Python, and begin in
 * {@code /}. A script that ends with a status other than 0 fails the test. Immutable.
 */
record Place(Path a, Path b, Path projectsA, Path projectsB) {
    private static final Duration SCRIPT_MAX = Duration.ofSeconds(100);

    /** {@code refused MESSAGE COMMAND...}; {@code same EXPECTED ACTUAL}; {@code user COMMAND...}, an ordinary one. */
    private static final String SHELL = """
            set -eu -o pipefail
            export LC_ALL=C TZ=UTC
            cd /
            refused() {
                local message=$1 said
                shift
                if said=$("$@" 2>&1); then echo "not refused: $*"; exit 1; fi
                case $said in *"$message"*) ;; *) echo "refused with: $said"; exit 1 ;; esac
            }
            same() { [ "$1" = "$2" ] || { echo "expected '$1', found '$2'"; exit 1; }; }
            user() { setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }
            member() { local group=$1; shift; setpriv --reuid 1000 --regid 1000 --groups "$group" "$@"; }
            """;

    /** {@code refused(ERRNO, function, argument...)}; {@code same(expected, actual)}; {@code get(path)}. */
    static final String PYTHON_CHECKS = """
            def refused(error, call, *arguments):
                try:
                    call(*arguments)
                except OSError as e:
                    assert e.errno == error, "refused with %s" % e
                else:
                    raise AssertionError("not refused: %r" % (arguments,))

            def same(expected, actual):
                assert expected == actual, "expected %r, found %r" % (expected, actual)

            def get(path):
                with open(path, "rb") as f:
                    return f.read()

            """;

    /** Also {@code ordinary(function, argument...)}, as an ordinary user. */
    private static final String PYTHON = """
            import errno, fcntl, mmap, os, signal, stat, threading, time
            A, B, PA, PB = (os.environ[name] for name in ("A", "B", "PA", "PB"))

            """ + PYTHON_CHECKS + """
            def put(path, data):
                with open(path, "wb") as f:
                    f.write(data)

            def ordinary(call, *arguments):
                pid = os.fork()
                if pid == 0:
                    try:
                        os.setgroups([])
                        os.setgid(1000)
                        os.setuid(1000)
                        call(*arguments)
                        os._exit(0)
                    except OSError as e:
                        os._exit(e.errno)
                    finally:
                        os._exit(255)
                status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                if status:
                    raise OSError(status, os.strerror(status))

            """;

    /** Makes the directories, for everybody to write in. */
    static Place make(TwoMounts mounts, String name) throws IOException {
        Place place = new Place(
                mounts.at("a").resolve(name),
                mounts.at("b").resolve(name),
                mounts.at("a").resolve("projects").resolve(name),
                mounts.at("b").resolve("projects").resolve(name));
        for (Path directory : List.of(place.a, place.projectsA)) {
            Files.setPosixFilePermissions(
                    Files.createDirectory(directory), PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        return place;
    }

    void shell(String script) throws IOException, InterruptedException {
        run(List.of("bash", "-c", SHELL + script), script);
    }

    void python(String program) throws IOException, InterruptedException {
        run(List.of("python3", "-c", PYTHON + program), program);
    }

    private void run(List<String> command, String shown) throws IOException, InterruptedException {
        Path output = Files.createTempFile("spritefs-", ".out");
        try {
            var builder = new ProcessBuilder(command)
                    .directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().put("A", a.toString());
            builder.environment().put("B", b.toString());
            builder.environment().put("PA", projectsA.toString());
            builder.environment().put("PB", projectsB.toString());
            Process process = builder.start();
            process.getOutputStream().close();
            boolean ended = process.waitFor(SCRIPT_MAX.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            String said = Files.readString(output, StandardCharsets.ISO_8859_1);
            assertEquals(0, ended ? process.exitValue() : -1, () -> said + (ended ? "" : "(does not end)\n") + shown);
        } finally {
            Files.delete(output);
        }
    }
}
