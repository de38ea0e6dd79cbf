package sprite.server.domain.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import sprite.server.domain.data.Disk;

/** A data file that nobody changes. Confined to one thread. */
record RestingData(Disk disk, int descriptor) implements Image.Data {
    @Override
    public long length() throws IOException {
        return disk.length(descriptor);
    }

    @Override
    public long seek(long offset) throws IOException {
        return disk.seek(descriptor, offset, false);
    }

    @Override
    public int read(long block, MemorySegment into) throws IOException {
        return (int) disk.readAll(descriptor, into.asSlice(0, Image.BLOCK), block * Image.BLOCK);
    }

    @Override
    public void close() {
        disk.close(descriptor);
    }
}
