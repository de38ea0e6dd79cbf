package sprite.client.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sprite.client.ClientDaemon;
import sprite.client.StartException;
import sprite.client.box.Box;
import sprite.client.box.Boxes;
import sprite.client.config.ClientConfig;
import sprite.client.control.ControlServer;
import sprite.client.control.ControlSocket;
import sprite.client.control.MountDaemon;
import sprite.client.control.RecoveryBoxes;
import sprite.client.fs.Mounted;
import sprite.client.fuse.Driver;
import sprite.client.fuse.MountException;
import sprite.client.fuse.MountOptions;
import sprite.client.fuse.jnr.JnrDriver;
import sprite.client.fuse.kernel.Caching;
import sprite.client.fuse.kernel.KernelDriver;

/**
 * {@code spritefs mount}: becomes the daemon of a mount ({@code --foreground}) or starts one in the background and
 * returns when the mount works. This is the one place that knows all rooms. Confined to the main thread.
 */
@Command(
        name = "mount",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Mounts the name space at MOUNTPOINT, in the background. A mount that 'spritefs upgrade' has left"
                + " without a daemon, or whose daemon was killed (with -o takeover), is taken over within a minute:"
                + " programs have waited, and go on.")
final class MountCommand implements Callable<Integer> {
    static final String TAKE_OVER = "--take-over";
    static final String WHEN_KILLED = "--when-killed";

    private static final Duration WRITE_DELAY = Duration.ofSeconds(30);

    /** How long a program that has just started may take to speak with a server, on a machine that has much to do. */
    private static final Duration START_MAX = Duration.ofSeconds(30);

    private static final Duration SCAN_INTERVAL = Duration.ofSeconds(5);

    @Parameters(paramLabel = "MOUNTPOINT", description = "An existing directory.")
    private Path given = Path.of("");

    @Option(
            names = "--server",
            required = true,
            split = ",",
            paramLabel = "HOST:PORT",
            description = "File servers to ask where prefixes are, in this order.")
    private List<String> servers = List.of();

    @Option(
            names = "--driver",
            defaultValue = KernelDriver.NAME,
            paramLabel = "NAME",
            description = "How to speak with the kernel: " + KernelDriver.NAME + " (directly) or " + JnrDriver.NAME
                    + " (through libfuse 2). Standard: ${DEFAULT-VALUE}.")
    private String driverName = KernelDriver.NAME;

    @Option(
            names = "-o",
            split = ",",
            paramLabel = "OPT",
            description =
                    "Mount options: " + MountFlags.KNOWN + ". hard, which is the standard, waits for a server that"
                            + " is away as long as it takes; soft=SECONDS lets a call fail (ETIMEDOUT) when a server"
                            + " that it needs has been silent for so long. Programs that wait can be killed in any"
                            + " case."
                            + " kernel_cache, the standard with --driver " + KernelDriver.NAME + ", lets the kernel"
                            + " remember names and attributes as long as this host holds them under grants; with"
                            + " nokernel_cache it asks every time, and keeps what else is mounted below. page_cache"
                            + " (new) also lets the kernel keep pages of files that are opened to read, and of files"
                            + " that are mapped shared, which programs may store into; without it, and with"
                            + " nopage_cache, only private mappings are possible."
                            + " default_permissions has the kernel check access, too, which is the only way to have it"
                            + " checked when a program opens a FIFO or connects to a socket, and costs a question for"
                            + " every directory on the way; kernel_cache always brings it along. With --driver "
                            + JnrDriver.NAME + " such a kernel goes by mode bits alone, and refuses whom only an access"
                            + " control list lets in."
                            + " takeover (new) keeps the mount for another daemon if this one is killed; it needs"
                            + " --driver " + KernelDriver.NAME + " without page_cache, Linux 6.9, and room in /dev/shm"
                            + " for the cache. Without it, and with notakeover, a mount ends with its daemon.")
    private List<String> words = List.of();

    @Option(
            names = "--cache-size",
            defaultValue = "auto",
            paramLabel = "SIZE",
            description = "Most memory for cached file data, such as 512M or 2G; auto is a quarter of the machine's"
                    + " memory, at most 4G.")
    private String cacheSize = "auto";

    @Option(
            names = TAKE_OVER,
            description = "Take a mount over from its daemon, which ends. What 'spritefs upgrade' does.")
    private boolean takeOver;

    @Option(
            names = WHEN_KILLED,
            description = "Wait until the mount's daemon is killed, and take over then. What 'spritefs upgrade"
                    + " --when-killed' does.")
    private boolean whenKilled;

    @Option(names = "--foreground", description = "Stay, and say so in one line when the mount works.")
    private boolean foreground;

    @Option(
            names = "--log",
            paramLabel = "FILE",
            description = "Where the daemon's messages go. In the background the standard is a file under"
                    + " /var/log/spritefs or $XDG_STATE_HOME/spritefs, in the foreground it is stderr.")
    private @Nullable Path log;

    @Option(
            names = "--debug-skip-invalidation",
            hidden = true,
            description = "Only to test checkers: reads data that is known to be out of date.")
    private boolean skipInvalidation;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws CommandException {
        MountFlags flags = MountFlags.parse(words);
        flags.check(driverName);
        long cacheBytes = Sizes.parseCacheSize(cacheSize);
        Driver _ = driver(flags, Box.NONE);
        boolean orphan = !takeOver && !whenKilled && MountPoint.isOrphan(given);
        Path left = takeOver || whenKilled ? MountPoint.ours(given) : MountPoint.left(given);
        Path mountPoint = left == null ? MountPoint.free(given) : left;
        if (left == null || takeOver || whenKilled) {
            requireServer(); // which also has this program ready to speak with servers before programs wait for it
        }
        if (!foreground) {
            Background.start(log == null ? StateDirectories.log(mountPoint) : log.toAbsolutePath());
            return 0;
        }
        redirectMessages();
        ClientConfig config = config(mountPoint, cacheBytes, flags);
        if (takeOver) {
            Takeover.ask(mountPoint);
        }
        if (whenKilled && !standBy(mountPoint)) {
            return 0;
        }
        Takeover.Taken taken = left == null
                ? mount(mountPoint, config, flags)
                : Takeover.of(
                        mountPoint,
                        new Takeover.Means(
                                () -> box(mountPoint, flags), box -> driver(flags, box), arguments(mountPoint)),
                        config);
        return serve(mountPoint, taken, orphan);
    }

    /** Waits for the daemon to be killed; false if the mount ends in order, or is handed over. */
    private boolean standBy(Path mountPoint) throws CommandException {
        Takeover.requireBox(mountPoint);
        say("stands by for ", mountPoint);
        try {
            return Boxes.awaitOrphan(RecoveryBoxes.living(mountPoint))
                    && mountPoint.equals(MountPoint.ours(given)); // refuses if it is mounted no more
        } catch (IOException e) {
            throw new CommandException("nobody can take " + mountPoint + " over: " + e.getMessage());
        }
    }

    private void say(String what, Path mountPoint) {
        spec.commandLine()
                .getOut()
                .println("spritefs mount: " + what + mountPoint + " (pid "
                        + ProcessHandle.current().pid() + ")");
        spec.commandLine().getOut().flush();
    }

    /** What the mount needs to survive this daemon; keeps nothing if it is not to. Older ones are of no use then. */
    private Box box(Path mountPoint, MountFlags flags) throws CommandException {
        Path living = RecoveryBoxes.living(mountPoint);
        tellLost(mountPoint);
        if (!flags.survives()) {
            try {
                Boxes.remove(living);
            } catch (IOException e) {
                System.err.println("spritefs mount: " + living + ", which is of no use any more, stays: " + e);
            }
            return Box.NONE;
        }
        try {
            ControlSocket.makeDirectory();
            Box box = Box.create(living);
            box.putText(arguments(mountPoint));
            return box;
        } catch (IOException e) {
            throw new CommandException("no recovery box for " + mountPoint + ": " + e.getMessage()
                    + "; without -o takeover none is needed");
        }
    }

    /** Of a mount that ended without its daemon: what it had not written back goes with its box. */
    private static void tellLost(Path mountPoint) {
        long bytes;
        try {
            bytes = RecoveryBoxes.isOrphan(mountPoint) ? Takeover.clearAway(mountPoint) : 0;
        } catch (CommandException e) {
            System.err.println("spritefs mount: what the daemon before left behind stays: " + e.getMessage());
            return;
        }
        if (bytes > 0) {
            System.err.println("spritefs mount: " + bytes + " bytes are lost that the daemon before had not written"
                    + " back when it was killed, since its mount was ended before another took it over");
        }
    }

    private Driver driver(MountFlags flags, Box box) throws CommandException {
        return switch (driverName) {
            case KernelDriver.NAME -> {
                if (box.isKept() && flags.caching() == Caching.PAGES_TOO) {
                    throw new CommandException("this mount is with -o takeover, which does not go with page_cache");
                }
                yield new KernelDriver(flags.caching(), box);
            }
            case JnrDriver.NAME -> {
                if (flags.needsCaching()) {
                    throw new CommandException(
                            "mount options kernel_cache and page_cache need --driver " + KernelDriver.NAME);
                }
                yield new JnrDriver();
            }
            default ->
                throw new CommandException("unknown driver '" + driverName + "'; there are " + KernelDriver.NAME
                        + " and " + JnrDriver.NAME);
        };
    }

    /** One of the servers must answer; the others may come later. */
    private void requireServer() throws CommandException {
        CommandException last = new CommandException("no server named");
        for (String address : servers) {
            try (var server = new Server(address, takeOver ? START_MAX : Server.PATIENCE)) {
                var _ = server.exports();
                return;
            } catch (CommandException e) {
                last = e;
            }
        }
        throw last;
    }

    private void redirectMessages() throws CommandException {
        if (log == null) {
            return;
        }
        try {
            System.setErr(new PrintStream(
                    Files.newOutputStream(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                    true,
                    StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new CommandException("cannot write to " + log + ": " + e.getMessage());
        }
    }

    private ClientConfig config(Path mountPoint, long cacheBytes, MountFlags flags) {
        return new ClientConfig(
                hostName() + ":" + mountPoint,
                servers,
                cacheBytes,
                flags.patience(),
                WRITE_DELAY,
                SCAN_INTERVAL,
                StateDirectories.lostAndFound(mountPoint),
                skipInvalidation);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            return "localhost"; // for people only
        }
    }

    private int serve(Path mountPoint, Takeover.Taken mount, boolean orphan) throws CommandException {
        var daemon = new MountDaemon(mountPoint, mount.driver(), mount.files(), Instant.now(), arguments(mountPoint));
        try (var _ = listen(mountPoint, daemon)) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAtSignal(daemon), "stop"));
            say(orphan ? "took over " : "mounted at ", mountPoint);
            return report(daemon.awaitEnd());
        }
    }

    /** Of the command that starts this daemon once more, wherever it is run. */
    private List<String> arguments(Path mountPoint) {
        List<String> all = new ArrayList<>(List.of("mount", mountPoint.toString()));
        all.addAll(List.of("--server", String.join(",", servers)));
        all.addAll(List.of("--driver", driverName));
        all.addAll(List.of("--cache-size", cacheSize));
        if (!words.isEmpty()) {
            all.addAll(List.of("-o", String.join(",", words)));
        }
        if (log != null) {
            all.addAll(List.of("--log", log.toAbsolutePath().toString()));
        }
        return all;
    }

    private Takeover.Taken mount(Path mountPoint, ClientConfig config, MountFlags flags) throws CommandException {
        Box box = box(mountPoint, flags);
        Driver driver = driver(flags, box);
        Mounted files = start(config, box);
        try {
            boolean allowOther = flags.allowOther() == null ? StateDirectories.isRoot() : flags.allowOther();
            driver.mount(
                    mountPoint,
                    files,
                    new MountOptions(
                            "spritefs:" + servers.getFirst(), flags.readOnly(), allowOther, flags.kernelChecks()));
            return new Takeover.Taken(driver, files, box);
        } catch (MountException e) {
            files.close();
            box.end();
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    private static Mounted start(ClientConfig config, Box box) throws CommandException {
        try {
            return ClientDaemon.start(config, box);
        } catch (StartException e) {
            box.end();
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    private static ControlServer listen(Path mountPoint, MountDaemon daemon) throws CommandException {
        try {
            return ControlServer.listen(mountPoint, daemon);
        } catch (IOException e) {
            daemon.stop(true);
            throw new CommandException("no control socket for " + mountPoint + ": " + e.getMessage());
        }
    }

    /** Ends the process by itself, because a JVM that a signal stops would not say 0 after a clean stop. */
    private static void stopAtSignal(MountDaemon daemon) {
        int status = 1;
        try {
            status = report(daemon.shutDown().unwritten());
        } finally {
            Runtime.getRuntime().halt(status);
        }
    }

    private static int report(List<String> unwritten) {
        for (String line : unwritten) {
            System.err.println("spritefs mount: " + line);
        }
        return unwritten.isEmpty() ? 0 : 1;
    }
}
