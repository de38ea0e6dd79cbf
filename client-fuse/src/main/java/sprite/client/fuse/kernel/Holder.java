package sprite.client.fuse.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import sprite.client.fuse.MountException;
import sprite.common.wire.proto.Process;

/**
 * A process that does nothing but have the descriptor of a mount, too: the kernel ends a mount when nobody has. It is
 * started when the mount is left to another daemon, or, if the mount is to outlive a daemon that is killed, together
 * with that. When the daemon has ended the holder stays for a while, and with it the mount, for who takes it over; then
 * programs that wait are freed. Thread-safe: no state.
 */
public final class Holder {
    /** How long a mount waits for its next daemon. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** {@code starttime} of proc_pid_stat(5), counted from the state, which is the first field after the name. */
    private static final int START_FIELD = 19;

    private static final String SLEEP = "/bin/sleep " + PATIENCE.toSeconds();

    private static final long LOOK_NANOS = 5_000_000;

    private Holder() {}

    /**
     * Starts one that has {@code fd}, in a session of its own, for {@link #PATIENCE} from now on. Its number of the
     * descriptor is {@link Spawn}'s.
     */
    static Process start(int fd) throws MountException {
        return start(fd, "exec " + SLEEP + " </dev/null >/dev/null 2>&1", -1);
    }

    /**
     * As {@link #start(int)}, from the end of this process on: it waits for the end of a pipe whose other end nobody
     * has but this process, for as long as that lives.
     */
    static Process startForLater(int fd) throws MountException {
        int[] pipe = Spawn.pipe();
        boolean started = false;
        try (Arena arena = Arena.ofConfined()) {
            var errors = new Libc.Errors(arena);
            try {
                Process holder = start(fd, "exec >/dev/null 2>&1; read -r end; exec " + SLEEP + " </dev/null", pipe[0]);
                started = true;
                return holder;
            } finally {
                int _ = Libc.close(errors, pipe[0]);
                if (!started) {
                    int _ = Libc.close(errors, pipe[1]);
                }
            }
        }
    }

    private static Process start(int fd, String program, int input) throws MountException {
        // Whole paths: a search of PATH may lead into the mount, which does not answer now.
        Spawn.Child child =
                Spawn.start(List.of("/usr/bin/setsid", "/bin/sh", "-c", program), "SPRITEFS_MOUNT", fd, input);
        return Process.newBuilder()
                .setPid(child.pid())
                .setStarted(started(child.pid()))
                .build();
    }

    /** This process. */
    static Process self() {
        long pid = ProcessHandle.current().pid();
        return Process.newBuilder().setPid(pid).setStarted(started(pid)).build();
    }

    /** Waits for a process to end; false if it does not in time. */
    static boolean awaitEnd(Process process, Duration timeout) {
        long giveUp = System.nanoTime() + timeout.toNanos();
        while (isAlive(process)) {
            if (System.nanoTime() - giveUp > 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }

    /** Whether it lives, and has not become another process. */
    static boolean isAlive(Process holder) {
        return holder.getStarted() != 0 && started(holder.getPid()) == holder.getStarted();
    }

    /** When a process was started, in clock ticks; 0 if there is none, or only what its parent has not heard of. */
    private static long started(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            boolean isGone = fields[0].equals("Z") || fields[0].equals("X"); // its descriptors are given back
            return isGone ? 0 : Long.parseLong(fields[START_FIELD]);
        } catch (IOException e) {
            return 0;
        }
    }

    /** A descriptor of what the holder has under {@code descriptor}. */
    static int take(Process holder, int descriptor) throws MountException {
        try (Arena arena = Arena.ofConfined()) {
            var errors = new Libc.Errors(arena);
            int process = Libc.pidfdOpen(errors, holder.getPid());
            if (process < 0 || !isAlive(holder)) { // in this order: a number that is open is not given again
                throw new MountException("nobody has kept the mount: its descriptor is gone");
            }
            try {
                int fd = Libc.pidfdGetfd(errors, process, descriptor);
                if (fd < 0) {
                    throw new MountException("the mount's descriptor cannot be taken over: " + errors.text()
                            + "; it takes the rights to trace its holder, process " + holder.getPid());
                }
                return fd;
            } finally {
                int _ = Libc.close(errors, process);
            }
        }
    }

    /** Somebody else has the descriptor, or nobody wants the mount. */
    public static void end(Process holder) {
        if (isAlive(holder)) {
            ProcessHandle.of(holder.getPid()).ifPresent(ProcessHandle::destroyForcibly);
        }
    }
}
