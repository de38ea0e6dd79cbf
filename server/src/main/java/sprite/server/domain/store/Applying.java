package sprite.server.domain.store;

import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Command;
import sprite.server.domain.Outcome;
import sprite.server.domain.data.DataFile;

/** Carries one command out. Confined to the thread that applies it. */
final class Applying {
    private final Store store;
    private final Command command;

    /** Whose data has to go once the change is written. */
    private @Nullable Inode freed;

    Applying(Store store, Command command) {
        this.store = store;
        this.command = command;
    }

    Outcome run(SizeCommands.Keeper keeper) throws FsException {
        if (command instanceof Command.SetAttributes set) {
            Long size = set.size();
            if (size != null) {
                return withData(set.file(), sizes -> sizes.setSize(set, size, keeper));
            }
        }
        if (command instanceof Command.Allocate allocate) {
            return withData(allocate.file(), sizes -> sizes.allocate(allocate, keeper));
        }
        claim();
        Outcome outcome = store.metadata().change(change -> {
            Outcome done = keeper.keep(change, dispatch(change));
            freed = change.freed();
            return done;
        });
        if (freed != null) {
            deleteData(freed);
        }
        return outcome;
    }

    private Outcome dispatch(Change change) throws FsException {
        return switch (command) {
            case Command.Make make -> NameCommands.make(change, make);
            case Command.MakeNameless make -> NameCommands.makeNameless(change, make);
            case Command.Remove remove -> NameCommands.remove(change, remove);
            case Command.Rename rename -> new RenameCommand(change, rename).run();
            case Command.Link link -> NameCommands.link(change, link);
            case Command.SetAttributes set -> AttributeCommands.set(change, set);
            case Command.RaiseVersion raise -> AttributeCommands.raiseVersion(change, raise);
            case Command.DeleteOrphan delete -> NameCommands.deleteOrphan(change, delete);
            case Command.SetXattr set -> AttributeCommands.setXattr(change, set);
            case Command.SetAcl set -> AttributeCommands.setAcl(change, set);
            case Command.RemoveXattr remove -> AttributeCommands.removeXattr(change, store.metadata(), remove);
            case Command.Allocate _ -> throw new IllegalStateException("has no data at hand");
        };
    }

    /** Refuses what takes space if there is none; what frees some, or only changes, may use the reserve. */
    private void claim() throws FsException {
        switch (command) {
            case Command.Make make -> store.claim("make", make.directory(), SpaceGauge.RECORD_BYTES);
            case Command.MakeNameless make -> store.claim("make", make.directory(), SpaceGauge.RECORD_BYTES);
            case Command.Link link -> store.claim("link", link.directory(), SpaceGauge.RECORD_BYTES);
            case Command.SetXattr set ->
                store.claim("set attribute of", set.file(), set.value().size() + SpaceGauge.RECORD_BYTES);
            case Command.SetAcl set -> store.claim("set attribute of", set.file(), SpaceGauge.RECORD_BYTES);
            case Command.Remove _,
                    Command.Rename _,
                    Command.SetAttributes _,
                    Command.RaiseVersion _,
                    Command.Allocate _,
                    Command.DeleteOrphan _,
                    Command.RemoveXattr _ -> {}
        }
    }

    private interface WithData {
        Outcome run(SizeCommands sizes) throws FsException;
    }

    private Outcome withData(FileId file, WithData body) throws FsException {
        DataFile data = store.dataFiles().acquire(file.inode());
        data.exclusive().lock();
        try {
            return body.run(new SizeCommands(store, file, data));
        } finally {
            data.exclusive().unlock();
            store.dataFiles().release(data);
        }
    }

    /** Sees to it that the data file of a file that is gone goes too, and its blocks in memory now. */
    private void deleteData(Inode gone) {
        FileId file = gone.attributes().file();
        DataFile data = store.dataFiles().acquire(file.inode());
        data.exclusive().lock();
        try {
            if (gone.storage() != Storage.FILE && !data.isMarked()) {
                return;
            }
            if (gone.attributes().size() > 0) {
                store.cache().drop(file, 0, (gone.attributes().size() - 1) / BlockCache.BLOCK_SIZE);
            }
            store.deletions().note(file.inode());
        } finally {
            data.exclusive().unlock();
            store.dataFiles().release(data);
        }
    }
}
