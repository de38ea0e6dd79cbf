package sprite.client.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sprite.client.control.ControlClient;
import sprite.client.control.ControlSocket;
import sprite.client.control.RecoveryBoxes;
import sprite.client.control.StopAnswer;
import sprite.client.fs.Deadline;
import sprite.client.fuse.Kernel;

/**
 * {@code spritefs umount}: has everything written back, and ends a mount and its daemon. Confined to the main thread.
 */
@Command(
        name = "umount",
        mixinStandardHelpOptions = true,
        description = "Writes everything back, unmounts, and returns when the daemon has ended. While a server is away"
                + " and has not got everything, says so after some seconds, and the mount stays.")
final class UmountCommand implements Callable<Integer> {
    private static final Duration GOODBYE_MAX = Duration.ofSeconds(30);
    private static final Duration HINT = Duration.ofSeconds(3);

    /**
     * From the first question to the daemon on; with the start of this program it is less than 5 s. A daemon that runs
     * takes two seconds and what its disk takes.
     */
    private static final Duration FORCE_MAX = Duration.ofMillis(3_500);

    /** A daemon that has answered at the last moment may take so long to end. */
    private static final Duration LAST_WORDS_MIN = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    @Parameters(paramLabel = "MOUNTPOINT", description = "Where spritefs is mounted.")
    private Path given = Path.of("");

    @Option(
            names = "--force",
            description = "Unmount within 5 s, even if programs use it, the daemon is dead or stopped, or servers are"
                    + " away or slow. Data that is not written back by then is kept in local files, whose names are"
                    + " told.")
    private boolean force;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws CommandException, InterruptedException {
        Path mountPoint = MountPoint.ours(given);
        Deadline end = force ? Deadline.in(FORCE_MAX) : Deadline.never();
        StopAnswer answer;
        try {
            answer = ask(mountPoint, end);
        } catch (TimeoutException e) {
            return withoutAnswer(mountPoint);
        } catch (IOException e) {
            return withoutDaemon(mountPoint);
        }
        answer.unwritten().forEach(this::tell);
        if (!answer.stopped()) {
            throw new CommandException(mountPoint + " stays mounted: " + answer.why()
                    + (force ? "" : "; --force unmounts it anyway")
                    + (force || answer.unwritten().isEmpty() ? "" : " and keeps such data in local files"));
        }
        Duration left = end.left(GOODBYE_MAX);
        awaitEnd(answer.pid(), left.compareTo(LAST_WORDS_MIN) < 0 ? LAST_WORDS_MIN : left);
        return answer.unwritten().isEmpty() ? 0 : 1;
    }

    private void tell(String line) {
        spec.commandLine().getErr().println("spritefs umount: " + line);
        spec.commandLine().getErr().flush();
    }

    /** IOException if there is no daemon; TimeoutException if it has not answered by {@code end}. */
    private StopAnswer ask(Path mountPoint, Deadline end) throws IOException, TimeoutException, InterruptedException {
        CompletableFuture<StopAnswer> answer = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                answer.complete(ControlClient.stop(ControlSocket.of(mountPoint), force));
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return force ? insist(mountPoint, answer, end) : patiently(mountPoint, answer);
    }

    private StopAnswer patiently(Path mountPoint, CompletableFuture<StopAnswer> answer)
            throws IOException, InterruptedException {
        Duration patience = HINT;
        while (true) {
            try {
                return within(patience, answer);
            } catch (TimeoutException e) {
                patience = FOR_EVER;
                tell("data is still being written back; 'spritefs status " + mountPoint
                        + "' tells whether a server is away");
            }
        }
    }

    /** A daemon that is stopped will not answer. */
    private static StopAnswer insist(Path mountPoint, CompletableFuture<StopAnswer> answer, Deadline end)
            throws IOException, TimeoutException, InterruptedException {
        while (true) {
            try {
                return within(end.left(LOOK), answer);
            } catch (TimeoutException e) {
                if (end.isOver() || ProcessState.isStopped(ControlSocket.pid(mountPoint))) {
                    throw e;
                }
            }
        }
    }

    private static StopAnswer within(Duration time, CompletableFuture<StopAnswer> answer)
            throws IOException, TimeoutException, InterruptedException {
        try {
            return answer.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        }
    }

    /** The daemon is stopped, or has more to keep than it can in that time: the mount goes, the daemon stays. */
    private int withoutAnswer(Path mountPoint) throws CommandException {
        Optional<Kernel.Mount> there = MountPoint.mountAt(mountPoint);
        if (there.isPresent() && !Kernel.abort(there.get())) {
            throw new CommandException(mountPoint + " cannot be unmounted by this user");
        }
        long pid = ControlSocket.pid(mountPoint);
        boolean isStopped = ProcessState.isStopped(pid);
        tell(mountPoint + " is unmounted, but its daemon" + (pid == 0 ? " " : ", process " + pid + ", ")
                + (isStopped ? "is stopped: after 'kill -CONT " + pid + "'" : "has not ended: as long as it runs")
                + " it writes back what programs have written, or keeps it in "
                + StateDirectories.lostAndFound(mountPoint)
                + "; its log tells. What they stored into mapped pages at last is lost");
        return 1;
    }

    private int withoutDaemon(Path mountPoint) throws CommandException {
        boolean orphan = RecoveryBoxes.isOrphan(mountPoint);
        if (!force) {
            throw new CommandException("the daemon of " + mountPoint + " does not answer; "
                    + (orphan
                            ? "'spritefs upgrade " + mountPoint + "' gives it a new one within a minute of its death, "
                            : "")
                    + "--force unmounts it anyway");
        }
        if (!Kernel.unmount(mountPoint, true)) {
            throw new CommandException(mountPoint + " cannot be unmounted by this user");
        }
        return orphan ? clearAway(mountPoint) : 0;
    }

    /** Nobody will take the mount over: programs that wait are freed. */
    private int clearAway(Path mountPoint) throws CommandException {
        long lost = Takeover.clearAway(mountPoint);
        if (lost > 0) {
            tell(lost + " bytes are lost that had not been written back when the daemon was killed");
        }
        return lost > 0 ? 1 : 0;
    }

    private static void awaitEnd(long pid, Duration most) throws CommandException, InterruptedException {
        var daemon = ProcessHandle.of(pid);
        try {
            if (daemon.isPresent()) {
                var _ = daemon.get().onExit().get(most.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (TimeoutException | ExecutionException e) {
            throw new CommandException("unmounted, but the daemon, process " + pid + ", does not end");
        }
    }
}
