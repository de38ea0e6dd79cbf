package sprite.client.fuse.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sprite.client.fuse.MountException;

/**
 * Starts a program that inherits a descriptor, which {@link ProcessBuilder} cannot: by posix_spawn(3). The child has
 * that one as its number 3 and the standard streams, nothing else; what it says on stderr is kept. Thread-safe: no
 * state.
 */
final class Spawn {
    /** The number that the descriptor has in the child. */
    static final int INHERITED = 3;

    private static final int STDERR = 2;

    /** More than {@code posix_spawn_file_actions_t} takes. */
    private static final long ACTIONS_BYTES = 256;

    private static final int SAID_MAX = 4096;

    private static final MethodHandle PIPE2 =
            Libc.function("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle ACTIONS_INIT =
            Libc.function("posix_spawn_file_actions_init", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle ADD_DUP2 = Libc.function(
            "posix_spawn_file_actions_adddup2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle ADD_CLOSEFROM = Libc.function(
            "posix_spawn_file_actions_addclosefrom_np", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle ACTIONS_DESTROY =
            Libc.function("posix_spawn_file_actions_destroy", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle POSIX_SPAWNP = Libc.function(
            "posix_spawnp", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle WAITPID =
            Libc.function("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));

    private Spawn() {}

    /** A started program and the pipe from its stderr. Immutable. */
    record Child(int pid, int stderr) {
        /** Waits for its end; what it said. */
        String await() {
            try (Arena arena = Arena.ofConfined()) {
                var errors = new Libc.Errors(arena);
                MemorySegment said = arena.allocate(SAID_MAX);
                long length = 0;
                long more = 1;
                while (more > 0) {
                    more = Libc.read(errors, stderr, said.address() + length, SAID_MAX - length);
                    length += Math.max(more, 0);
                }
                int _ = Libc.close(errors, stderr);
                int _ = (int) WAITPID.invokeExact(pid, MemorySegment.NULL, 0);
                return new String(said.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8).strip();
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw Libc.unexpected(e);
            }
        }
    }

    /**
     * Starts a program.
     *
     * @param words its name, looked for in PATH, and its arguments
     * @param variable the name under which its environment tells the number of the descriptor
     */
    static Child start(List<String> words, String variable, int descriptor) throws MountException {
        return start(words, variable, descriptor, -1);
    }

    /** As {@link #start(List, String, int)}; {@code input} is the child's standard input, -1: that of this process. */
    static Child start(List<String> words, String variable, int descriptor, int input) throws MountException {
        try (Arena arena = Arena.ofConfined()) {
            var errors = new Libc.Errors(arena);
            MemorySegment pipe = arena.allocate(JAVA_INT, 2);
            if ((int) PIPE2.invokeExact(pipe, Libc.O_CLOEXEC) != 0) {
                throw new MountException("no pipe to hear " + words.getFirst());
            }
            int readEnd = pipe.getAtIndex(JAVA_INT, 0);
            int writeEnd = pipe.getAtIndex(JAVA_INT, 1);
            MemorySegment pid = arena.allocate(JAVA_INT);
            boolean started = false;
            try {
                int error = spawn(arena, pid, words, variable, new int[] {input, descriptor, writeEnd});
                if (error != 0) {
                    throw new MountException(words.getFirst() + " cannot be started: " + Libc.errorText(error)
                            + "; install it (Debian: apt-get install fuse3)");
                }
                started = true;
            } finally {
                int _ = Libc.close(errors, writeEnd);
                if (!started) {
                    int _ = Libc.close(errors, readEnd);
                }
            }
            return new Child(pid.get(JAVA_INT, 0), readEnd);
        } catch (MountException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Both ends of a pipe, the one to read from first; other programs that are started do not get them. */
    static int[] pipe() throws MountException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(JAVA_INT, 2);
            if ((int) PIPE2.invokeExact(ends, Libc.O_CLOEXEC) != 0) {
                throw new MountException("no pipe");
            }
            return ends.toArray(JAVA_INT);
        } catch (MountException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** An error number, or 0. */
    private static int spawn(
            Arena arena, MemorySegment pid, List<String> words, String variable, int[] inputDescriptorStderr)
            throws Throwable {
        MemorySegment actions = arena.allocate(ACTIONS_BYTES, Long.BYTES);
        int _ = (int) ACTIONS_INIT.invokeExact(actions);
        if (inputDescriptorStderr[0] >= 0) {
            int _ = (int) ADD_DUP2.invokeExact(actions, inputDescriptorStderr[0], 0);
        }
        int _ = (int) ADD_DUP2.invokeExact(actions, inputDescriptorStderr[2], STDERR);
        int _ = (int) ADD_DUP2.invokeExact(actions, inputDescriptorStderr[1], INHERITED);
        int _ = (int) ADD_CLOSEFROM.invokeExact(actions, INHERITED + 1);
        int error = (int) POSIX_SPAWNP.invokeExact(
                pid,
                arena.allocateFrom(words.getFirst()),
                actions,
                MemorySegment.NULL,
                vector(arena, words),
                vector(arena, environment(variable)));
        int _ = (int) ACTIONS_DESTROY.invokeExact(actions);
        return error;
    }

    private static List<String> environment(String variable) {
        List<String> environment = new ArrayList<>();
        for (Map.Entry<String, String> entry : System.getenv().entrySet()) {
            environment.add(entry.getKey() + "=" + entry.getValue());
        }
        environment.add(variable + "=" + INHERITED);
        return environment;
    }

    /** A {@code char **} that ends with null. */
    private static MemorySegment vector(Arena arena, List<String> words) {
        MemorySegment vector = arena.allocate(ADDRESS, words.size() + 1L);
        for (int i = 0; i < words.size(); i++) {
            vector.setAtIndex(ADDRESS, i, arena.allocateFrom(words.get(i)));
        }
        return vector;
    }
}
