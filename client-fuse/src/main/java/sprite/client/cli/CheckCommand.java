package sprite.client.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code spritefs check}: what a file system did, held against what is promised. Confined to the main thread. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = "Records what programs do on some mounts of one file system and what they see, and judges whether"
                + " every read saw the latest write.",
        footer = {"", "Works on any file system. docs/checking.md tells what is judged, and the format."},
        subcommands = {CheckRecordCommand.class, CheckHistoryCommand.class})
final class CheckCommand implements Runnable {
    /** A history is impossible. */
    static final int VIOLATION = 1;

    /** There is nothing to judge, or it cannot be read. */
    static final int UNREADABLE = 2;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "record or history?");
    }
}
