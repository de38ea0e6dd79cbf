package sprite.client.space;

import sprite.client.fs.AttributeChange;
import sprite.client.fs.Caller;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.SetAttributes;

/** Changes of attributes as messages. Pure functions. */
final class AttributeRequests {
    private AttributeRequests() {}

    /** The request for {@code change}; {@code throughHandle}: by a descriptor open for writing (ftruncate). */
    static SetAttributes.Builder toWire(FileId file, AttributeChange change, boolean throughHandle, Caller caller) {
        SetAttributes.Builder set = SetAttributes.newBuilder()
                .setFile(Wire.toWire(file))
                .setSetAccessed(change.accessedNow())
                .setAccessedNow(change.accessedNow())
                .setSetModified(change.modifiedNow())
                .setModifiedNow(change.modifiedNow())
                .setOpenedForWrite(throughHandle)
                .setCredentials(Wire.toWire(caller.credentials()));
        Integer mode = change.mode();
        if (mode != null) {
            set.setSetMode(true).setMode(mode);
        }
        Integer uid = change.uid();
        if (uid != null) {
            set.setSetUid(true).setUid(uid);
        }
        Integer gid = change.gid();
        if (gid != null) {
            set.setSetGid(true).setGid(gid);
        }
        Long size = change.size();
        if (size != null) {
            set.setSetSize(true).setSize(size);
        }
        var accessed = change.accessed();
        if (accessed != null) {
            set.setSetAccessed(true).setAccessed(Wire.toWire(accessed));
        }
        var modified = change.modified();
        if (modified != null) {
            set.setSetModified(true).setModified(Wire.toWire(modified));
        }
        return set;
    }
}
