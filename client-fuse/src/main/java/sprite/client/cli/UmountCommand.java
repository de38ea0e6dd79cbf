package sprite.client.cli;

import java.io.IOException;
import java.nio.file.Path;
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
    private static final long GOODBYE_SECONDS = 30;
    private static final long HINT_SECONDS = 3;

    /** Longer than a daemon takes to end whatever its servers do; one that does not answer by then is stuck. */
    private static final long FORCE_SECONDS_MAX = 20;

    @Parameters(paramLabel = "MOUNTPOINT", description = "Where spritefs is mounted.")
    private Path given = Path.of("");

    @Option(
            names = "--force",
            description = "Unmount within seconds, even if programs use it, the daemon is dead, or servers are away."
                    + " Data that cannot be written back is kept in local files, whose names are told.")
    private boolean force;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws CommandException, InterruptedException {
        Path mountPoint = MountPoint.ours(given);
        StopAnswer answer;
        try {
            answer = ask(mountPoint);
        } catch (IOException e) {
            return withoutDaemon(mountPoint);
        }
        for (String line : answer.unwritten()) {
            spec.commandLine().getErr().println("spritefs umount: " + line);
        }
        if (!answer.stopped()) {
            throw new CommandException(mountPoint + " stays mounted: " + answer.why() + "; --force unmounts it anyway"
                    + (answer.unwritten().isEmpty() ? "" : " and keeps such data in local files"));
        }
        awaitEnd(answer.pid());
        return answer.unwritten().isEmpty() ? 0 : 1;
    }

    /** IOException if there is no daemon, or none that answers in time. */
    private StopAnswer ask(Path mountPoint) throws IOException, InterruptedException {
        CompletableFuture<StopAnswer> answer = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                answer.complete(ControlClient.stop(ControlSocket.of(mountPoint), force));
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return answer.get(HINT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            spec.commandLine()
                    .getErr()
                    .println("spritefs umount: data is still being written back; 'spritefs status " + mountPoint
                            + "' tells whether a server is away");
            spec.commandLine().getErr().flush();
            return force ? insist(answer) : patiently(answer);
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    private static StopAnswer insist(CompletableFuture<StopAnswer> answer) throws IOException, InterruptedException {
        try {
            return answer.get(FORCE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the daemon does not answer", e);
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    private static StopAnswer patiently(CompletableFuture<StopAnswer> answer) throws IOException, InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    private static IOException failure(ExecutionException e) {
        return e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
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
            spec.commandLine()
                    .getErr()
                    .println("spritefs umount: " + lost + " bytes are lost that had not been written back when the"
                            + " daemon was killed");
        }
        return lost > 0 ? 1 : 0;
    }

    private static void awaitEnd(long pid) throws CommandException, InterruptedException {
        var daemon = ProcessHandle.of(pid);
        try {
            if (daemon.isPresent()) {
                var _ = daemon.get().onExit().get(GOODBYE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (TimeoutException | ExecutionException e) {
            throw new CommandException("unmounted, but the daemon, process " + pid + ", does not end");
        }
    }
}
