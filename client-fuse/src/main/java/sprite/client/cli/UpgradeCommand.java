package sprite.client.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sprite.client.box.Boxes;
import sprite.client.control.ControlClient;
import sprite.client.control.ControlSocket;
import sprite.client.control.RecoveryBoxes;

/**
 * {@code spritefs upgrade}: has the daemon of a mount hand it over to one that is started by this program. Confined to
 * the main thread.
 */
@Command(
        name = "upgrade",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Has a new daemon, of the program that runs this command, take a mount over from the one that"
                + " has it, with the same options. Programs that use the mount wait for some seconds and go on, with"
                + " their open files and locks. Needs --driver kernel without page_cache, Linux 6.9, and the right to"
                + " trace processes of the user who mounted (root has it). If the new daemon does not start, 'spritefs"
                + " mount' with the same mount point takes over within a minute. If the daemon of a mount with -o"
                + " takeover was killed, the new one takes over all the same.")
final class UpgradeCommand implements Callable<Integer> {
    private static final String NAME = "upgrade";

    @Parameters(paramLabel = "MOUNTPOINT", description = "Where spritefs is mounted.")
    private Path given = Path.of("");

    @Option(
            names = "--hand-over-only",
            description = "Start no daemon: 'spritefs mount', to be run within a minute, takes over. For service"
                    + " managers, which want to start daemons by themselves.")
    private boolean handOverOnly;

    @Option(
            names = MountCommand.WHEN_KILLED,
            description = "Have the new daemon wait until the one that has the mount (with -o takeover) is killed, and"
                    + " take over at that moment. It ends if the mount ends otherwise.")
    private boolean whenKilled;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws CommandException {
        Path mountPoint = MountPoint.ours(given);
        if (whenKilled) {
            Takeover.requireBox(mountPoint);
        }
        if (handOverOnly) {
            Takeover.ask(mountPoint);
        } else {
            start(mountPoint, arguments(mountPoint), whenKilled ? MountCommand.WHEN_KILLED : MountCommand.TAKE_OVER);
        }
        spec.commandLine()
                .getOut()
                .println("spritefs upgrade: " + mountPoint
                        + (handOverOnly
                                ? " waits for 'spritefs mount'"
                                : whenKilled ? " will have a new daemon" : " has a new daemon"));
        return 0;
    }

    private static List<String> arguments(Path mountPoint) throws CommandException {
        try {
            return ControlClient.arguments(ControlSocket.of(mountPoint));
        } catch (IOException e) {
            return argumentsOfDead(mountPoint, e);
        }
    }

    private static List<String> argumentsOfDead(Path mountPoint, IOException why) throws CommandException {
        try {
            if (RecoveryBoxes.isOrphan(mountPoint)) {
                List<String> kept = Boxes.look(RecoveryBoxes.living(mountPoint)).text();
                if (!kept.isEmpty()) {
                    return kept;
                }
                throw new CommandException("the options of " + mountPoint
                        + " were too long to be kept; 'spritefs mount' with the same options takes it over");
            }
        } catch (IOException e) {
            why.addSuppressed(e);
        }
        throw new CommandException("the daemon of " + mountPoint + " does not answer: " + why.getMessage());
    }

    /** The new daemon asks for the mount when it is ready, so that programs wait only then. */
    private static void start(Path mountPoint, List<String> arguments, String how) throws CommandException {
        int log = arguments.indexOf("--log");
        Path messages = log < 0 ? StateDirectories.log(mountPoint) : Path.of(arguments.get(log + 1));
        List<String> all = new ArrayList<>(arguments);
        all.add(how);
        Background.start(messages, new Background.Replacement(NAME, all));
    }
}
