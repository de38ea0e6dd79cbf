package sprite.client.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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
import sprite.client.control.StopAnswer;
import sprite.client.fuse.Kernel;

/**
 * {@code spritefs umount}: has everything written back, and ends a mount and its daemon. Confined to the main thread.
 */
@Command(
        name = "umount",
        mixinStandardHelpOptions = true,
        description = "Writes everything back, unmounts, and returns when the daemon has ended.")
final class UmountCommand implements Callable<Integer> {
    private static final long GOODBYE_SECONDS = 30;

    @Parameters(paramLabel = "MOUNTPOINT", description = "Where spritefs is mounted.")
    private Path given = Path.of("");

    @Option(
            names = "--force",
            description = "Unmount even if programs use it, the daemon is dead, or some data cannot be written back"
                    + " (which is told).")
    private boolean force;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws CommandException, InterruptedException {
        Path mountPoint = MountPoint.ours(given);
        StopAnswer answer;
        try {
            answer = ControlClient.stop(ControlSocket.of(mountPoint), force);
        } catch (IOException e) {
            return withoutDaemon(mountPoint);
        }
        for (String line : answer.unwritten()) {
            spec.commandLine().getErr().println("spritefs umount: " + line);
        }
        if (!answer.stopped()) {
            throw new CommandException(mountPoint + " stays mounted: " + answer.why() + "; --force unmounts it anyway");
        }
        awaitEnd(answer.pid());
        return answer.unwritten().isEmpty() ? 0 : 1;
    }

    private int withoutDaemon(Path mountPoint) throws CommandException {
        if (!force) {
            throw new CommandException("the daemon of " + mountPoint + " does not answer; --force unmounts it anyway");
        }
        if (!Kernel.unmount(mountPoint, true)) {
            throw new CommandException(mountPoint + " cannot be unmounted by this user");
        }
        return 0;
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
