package sprite.server.upkeep;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sprite.server.domain.DomainException;
import sprite.server.domain.dump.Load;

/** {@code spritefs load}. Confined to the main thread. */
@Command(
        name = "load",
        version = Main.VERSION,
        mixinStandardHelpOptions = true,
        description = "Makes the domain that 'spritefs dump' wrote, from standard input, in DIR, which must be empty or"
                + " missing. It is the same domain: do not serve both. Input that is damaged leaves nothing in DIR.")
final class LoadCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "where to make the domain")
    private Path directory = Path.of("");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws DomainException {
        InputStream in = new FileInputStream(FileDescriptor.in); // stays open, being the process's
        long records = Load.read(in, directory);
        spec.commandLine().getErr().println("spritefs load: " + records + " records");
        return 0;
    }
}
