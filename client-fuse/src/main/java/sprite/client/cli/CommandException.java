package sprite.client.cli;

import picocli.CommandLine.ExitCode;

/** Why a command cannot do what it was asked: one line for people, and the exit status. */
final class CommandException extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    CommandException(String message) {
        this(message, ExitCode.SOFTWARE);
    }

    CommandException(String message, int status) {
        super(message, null, false, false);
        this.status = status;
    }

    /** What the process ends with. */
    int status() {
        return status;
    }
}
