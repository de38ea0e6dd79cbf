package sprite.server.open;

import java.time.Clock;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.common.file.AccessTime;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.consistency.ClientId;
import sprite.consistency.Effect;
import sprite.consistency.Raised;
import sprite.consistency.Version;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.domain.Raiser;

/**
 * What the use of files changes in their domains: versions, modification times, files that outlived their names.
 * Thread-safe: no state of its own.
 */
final class StoredFiles {
    private static final Logger log = LoggerFactory.getLogger(StoredFiles.class);

    private final Exports exports;
    private final Clock clock;

    StoredFiles(Exports exports, Clock clock) {
        this.exports = exports;
        this.clock = clock;
    }

    /** The attributes as they are stored, whatever a writer knows better. */
    Attributes attributes(FileId file) throws FsException {
        return exports.of(file).domain().attributes(file);
    }

    /** A failure shows when the reply, which comes next, finds that the stored version is too low. */
    void raiseVersion(FileId file, Effect.RaiseVersion raise) {
        Raiser raiser = new Raiser(raise.client().value(), raise.after().value());
        try {
            var command = new Command.RaiseVersion(now(), file, raise.version().value(), raiser);
            var _ = exports.of(file).domain().apply(command, null, null);
        } catch (FsException e) {
            log.warn("version {} of {} could not be stored: {}", raise.version(), file, e.error());
        }
    }

    /** Whose doing the version is, as the core says it. */
    static Raised raised(Raiser raiser) {
        return new Raised(raiser.client() == 0 ? null : new ClientId(raiser.client()), new Version(raiser.after()));
    }

    /**
     * Sets the modification time, unless it is that already. A disk that is full or broken costs the file its time, but
     * must not keep it from its next step: others wait for that.
     */
    void setModified(FileId file, FileTime modified) {
        try {
            Domain domain = exports.of(file).domain();
            Attributes stored = domain.attributes(file);
            if (!stored.modified().equals(modified)) {
                FileTime changed = FileTime.later(stored.changed(), modified);
                var command = new Command.SetAttributes(now(), file, null, null, null, null, null, modified, changed);
                var _ = domain.apply(command, null, null);
            }
        } catch (FsException e) {
            log.warn("modification time {} of {} could not be stored: {}", modified, file, e.error());
        }
    }

    /** Sets the access time, as {@link #setModified}, if the file has not been changed since. */
    void setAccessed(FileId file, FileTime accessed, FileUse use) {
        try {
            Domain domain = exports.of(file).domain();
            if (AccessTime.shows(use.merged(domain.attributes(file)), accessed)) {
                var command = new Command.SetAttributes(now(), file, null, null, null, null, accessed, null, null);
                var _ = domain.apply(command, null, null);
            }
        } catch (FsException e) {
            log.warn("access time {} of {} could not be stored: {}", accessed, file, e.error());
        }
    }

    /** Frees a file that has no name, if it is still closed when nobody can open it. Called without any lock. */
    void deleteOrphan(FileId file, BooleanSupplier isClosed) {
        try {
            Export export = exports.of(file);
            export.names().writeLock().lock();
            try {
                if (isClosed.getAsBoolean()) {
                    var _ = export.domain().apply(new Command.DeleteOrphan(now(), file), null, null);
                }
            } finally {
                export.names().writeLock().unlock();
            }
        } catch (FsException e) {
            log.warn("file {} without names could not be freed: {}", file, e.error());
        }
    }

    private FileTime now() {
        return FileTime.of(clock.instant());
    }
}
