package sprite.client.cli;

/** Why a command cannot do what it was asked: one line for people. */
final class CommandException extends Exception {
    private static final long serialVersionUID = 1;

    CommandException(String message) {
        super(message, null, false, false);
    }
}
