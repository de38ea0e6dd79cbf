package sprite.server.domain;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Why a directory cannot be served as a domain: one line for people that says what, why, and what to do. */
public final class DomainException extends Exception {
    private static final long serialVersionUID = 1;

    /** A reason without a cause worth showing. */
    public DomainException(String message) {
        super(message);
    }

    /** What an exception says, in words also where its message is but the name of a file. */
    public static String reason(Exception e) {
        String message = String.valueOf(e.getMessage());
        return switch (e) {
            case AccessDeniedException _ -> message + ": permission denied";
            case NoSuchFileException _ -> message + " does not exist";
            case FileAlreadyExistsException _ -> message + " is already there";
            case NotDirectoryException _ -> message + " is not a directory";
            default -> message;
        };
    }

    /** A reason and what brought it about. */
    public DomainException(String message, Throwable cause) {
        super(message, cause);
    }
}
