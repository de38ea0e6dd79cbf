package sprite.server.upkeep;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sprite.server.control.LiveDump;
import sprite.server.domain.DomainException;
import sprite.server.domain.dump.Dump;

/** {@code spritefs dump}. Confined to the main thread. */
@Command(
        name = "dump",
        version = Main.VERSION,
        mixinStandardHelpOptions = true,
        description = "Writes the domain in DIR to standard output: all of it, with its identity, for 'spritefs load'."
                + " A server may go on serving it: the dump is of the moment at which it begins.")
final class DumpCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "the directory that 'spritefs server' was given with --domain")
    private Path directory = Path.of("");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws DomainException, IOException {
        if (isTerminal()) {
            throw new DomainException("a dump is no text for a terminal; write '> FILE', or pipe it somewhere");
        }
        OutputStream out = new FileOutputStream(FileDescriptor.out); // stays open, being the process's
        Long live = LiveDump.write(directory, out);
        long records = live != null ? live : Dump.write(directory, out);
        spec.commandLine().getErr().println("spritefs dump: " + records + " records");
        return 0;
    }

    /** Whether standard output is a terminal, as far as the system tells. */
    private static boolean isTerminal() {
        try {
            String name = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return name.startsWith("/dev/pts/") || name.startsWith("/dev/tty") || name.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
