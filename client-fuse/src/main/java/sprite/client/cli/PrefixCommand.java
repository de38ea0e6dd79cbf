package sprite.client.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sprite.common.name.Prefix;
import sprite.common.wire.proto.Domain;

/** {@code spritefs prefix}: how domains join the name space. Confined to the main thread. */
@Command(
        name = "prefix",
        mixinStandardHelpOptions = true,
        description = "Shows prefixes of a server, and makes or removes the remote links that stand for others.")
final class PrefixCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "list, add or remove?");
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the prefixes that a server exports.")
    int list(@Option(names = "--server", required = true, paramLabel = "HOST:PORT") String address)
            throws CommandException {
        try (var server = new Server(address)) {
            for (Domain domain : server.exports()) {
                spec.commandLine().getOut().println(domain.getPrefix() + "  domain " + domain.getNumber());
            }
            spec.commandLine().getOut().flush();
            return 0;
        }
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = "Makes the remote link for PREFIX, in the server's domain that lies around it.")
    int add(
            @Parameters(paramLabel = "PREFIX", description = "Such as /projects.") String prefix,
            @Option(names = "--server", required = true, paramLabel = "HOST:PORT") String address)
            throws CommandException {
        return link(prefix, address, false);
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Removes the remote link for PREFIX; the domain behind is not touched.")
    int remove(
            @Parameters(paramLabel = "PREFIX", description = "Such as /projects.") String prefix,
            @Option(names = "--server", required = true, paramLabel = "HOST:PORT") String address)
            throws CommandException {
        return link(prefix, address, true);
    }

    private static int link(String prefix, String address, boolean remove) throws CommandException {
        if (!Prefix.isValid(prefix) || prefix.equals("/")) {
            throw new CommandException(
                    "'" + prefix + "' is no prefix to link; it is an absolute path such as /projects, without . or ..");
        }
        try (var server = new Server(address)) {
            server.linkPrefix(prefix, remove);
            return 0;
        }
    }
}
