package sprite.server;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code spritefs server}: serves domains until SIGTERM or SIGINT. Prints one line when it serves. Exit
 * status 0 after a clean stop, 1 if it could not start or stop, 2 if the options make no sense. Confined to the main
 * thread.
 */
@Command(
        name = "spritefs server",
        version = "spritefs " + RunningServer.VERSION,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Serves file system domains to spritefs clients, until SIGTERM.")
public final class Main implements Callable<Integer> {
    private final Rooms.Maker rooms;

    @Mixin
    private final ServerOptions options = new ServerOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Main(Rooms.Maker rooms) {
        this.rooms = rooms;
    }

    /** Serves with what is built into this program. */
    public static void main(String... args) {
        System.exit(run(StandardRooms::new, args));
    }

    /** As {@link #main} with other rooms; returns the exit status, or not at all once it serves. */
    static int run(Rooms.Maker rooms, String... args) {
        return new CommandLine(new Main(rooms))
                .setParameterExceptionHandler(Main::explain)
                .setExecutionExceptionHandler(Main::fail)
                .execute(args);
    }

    @Override
    public Integer call() throws StartException, InterruptedException {
        ServerConfig config = options.over(fromFile());
        if (config.verbose()) {
            System.setProperty("org.slf4j.simpleLogger.log.sprite", "debug"); // before the first logger is made
        }
        RunningServer server = RunningServer.start(config, rooms);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop"));
        PrintWriter out = spec.commandLine().getOut();
        out.println("spritefs server: serving " + config.domainsText() + " on " + server.listening() + " (pid "
                + ProcessHandle.current().pid() + ")");
        out.flush();
        new CountDownLatch(1).await(); // until a signal
        return 0;
    }

    private ServerOptions fromFile() throws StartException {
        ServerOptions file = new ServerOptions();
        if (options.config != null) {
            try {
                new CommandLine(CommandSpec.forAnnotatedObject(file)).parseArgs(ConfigFile.arguments(options.config));
            } catch (ParameterException e) {
                throw new StartException(options.config + ": " + oneLine(e));
            }
        }
        return file;
    }

    /** Ends the process by itself, because a JVM that a signal stops would not say 0 after a clean stop. */
    private static void stop(RunningServer server) {
        int status = 1;
        try {
            server.close();
            status = 0;
        } catch (RuntimeException | Error e) {
            System.err.println("spritefs server: did not stop cleanly, which the next start makes good: " + e);
        } finally {
            Runtime.getRuntime().halt(status);
        }
    }

    private static int explain(ParameterException e, String[] args) {
        e.getCommandLine()
                .getErr()
                .println("spritefs server: " + oneLine(e) + "; 'spritefs server --help' lists the options");
        return CommandLine.ExitCode.USAGE;
    }

    private static int fail(Exception e, CommandLine command, CommandLine.ParseResult parsed) throws Exception {
        if (!(e instanceof StartException)) {
            throw e; // a bug
        }
        command.getErr().println("spritefs server: " + oneLine(e));
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String oneLine(Exception e) {
        return String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
