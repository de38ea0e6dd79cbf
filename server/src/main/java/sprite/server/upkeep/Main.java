package sprite.server.upkeep;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sprite.server.domain.DomainException;

/** The commands {@code spritefs fsck}, {@code dump} and {@code load}. Confined to the main thread. */
@Command(
        name = "spritefs",
        description = "Checks, dumps and loads domains.",
        subcommands = {FsckCommand.class, DumpCommand.class, LoadCommand.class})
public final class Main implements Runnable {
    /** What a command ends with when it could not run. */
    static final int FAILED = 2;

    static final String VERSION = "spritefs 0.1.0";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Main() {}

    /** Runs one command; the exit status tells how it went. */
    public static void main(String... args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        return run(commandLine(), args);
    }

    /** Runs one command; whatever keeps it from its end is told, and never taken for damage. */
    static int run(CommandLine line, String... args) {
        try {
            return line.execute(args);
        } catch (OutOfMemoryError e) {
            line.getErr()
                    .println("spritefs: not enough memory (" + e.getMessage()
                            + "); give it more, such as with SPRITEFS_JAVA_OPTS=-Xmx4g");
        } catch (Error e) {
            e.printStackTrace(line.getErr()); // a bug
        }
        return FAILED;
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setParameterExceptionHandler(Main::explain)
                .setExecutionExceptionHandler(Main::fail);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "fsck, dump or load?");
    }

    private static int explain(ParameterException e, String[] args) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        e.getCommandLine().getErr().println(command + ": " + oneLine(e) + "; '" + command + " --help' tells more");
        return CommandLine.ExitCode.USAGE;
    }

    private static int fail(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
        if (e instanceof DomainException || e instanceof IOException) {
            command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + oneLine(e));
        } else {
            e.printStackTrace(command.getErr()); // a bug
        }
        return FAILED;
    }

    private static String oneLine(Exception e) {
        return DomainException.reason(e).strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
