package sprite.server.names;

import sprite.common.file.Access;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.server.domain.Command;
import sprite.server.open.OpenWish;

/** O_TRUNC. */
final class Truncation {
    private Truncation() {}

    /** Makes the file empty, and takes the set-id bits for somebody without privilege. */
    static OpenWish.Alteration toNothing(Room room, FileId file, Credentials who) {
        return () -> {
            Attributes before = room.domain(file).attributes(file);
            FileTime now = room.now();
            Integer mode = Permission.losesSetId(before, who) ? Access.withoutSetId(before.mode()) : null;
            return room.domain(file)
                    .apply(new Command.SetAttributes(now, file, mode, null, null, 0L, null, now, now), null, null);
        };
    }
}
