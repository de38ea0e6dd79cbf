package sprite.client.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code spritefs}, all but {@code spritefs server}. Confined to the main thread. */
@Command(
        name = "spritefs",
        version = "spritefs " + Main.VERSION,
        mixinStandardHelpOptions = true,
        description = "A network file system in the manner of Sprite.",
        footer = {
            "",
            "The file server is 'spritefs server'; see 'spritefs server --help'.",
            "'spritefs fsck', 'dump' and 'load' check, save and restore a domain that no server uses."
        },
        subcommands = {
            MountCommand.class,
            UmountCommand.class,
            UpgradeCommand.class,
            StatusCommand.class,
            PrefixCommand.class,
            CheckCommand.class
        })
public final class Main implements Runnable {
    /** Of this program. */
    static final String VERSION = "0.1.0";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Main() {}

    /** Runs one command; the exit status tells how it went. */
    public static void main(String... arguments) {
        System.exit(run(arguments));
    }

    private static int run(String... arguments) {
        return new CommandLine(new Main())
                .setOverwrittenOptionsAllowed(true) // the last counts, as with mount(8)
                .setParameterExceptionHandler(Main::explain)
                .setExecutionExceptionHandler(Main::fail)
                .execute(arguments);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }

    private static int explain(ParameterException e, String[] arguments) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        e.getCommandLine().getErr().println(command + ": " + oneLine(e) + "; '" + command + " --help' tells more");
        return CommandLine.ExitCode.USAGE;
    }

    private static int fail(Exception e, CommandLine command, CommandLine.ParseResult parsed) throws Exception {
        if (!(e instanceof CommandException refusal)) {
            throw e; // a bug
        }
        command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + oneLine(e));
        return refusal.status();
    }

    private static String oneLine(Exception e) {
        return String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
