package sprite.client.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import sprite.common.name.FileName;

/** What arrives is found where a C compiler puts it. */
final class InTest {
    private static final long NODE = (1L << 44) + 2;

    @Test
    void headers() {
        Request request = Golden.request("access");
        assertEquals(Opcode.ACCESS, request.opcode());
        assertEquals(0x1122334455667788L, request.unique());
        assertEquals(NODE, request.node());
        assertEquals(1000, request.uid());
        assertEquals(1001, request.gid());
        assertEquals(4321, request.pid());
        assertEquals(8, request.bodyLength());
        assertEquals(5, request.intAt(In.Access.MASK));
    }

    @Test
    void greetings() {
        Request init = Golden.request("init");
        assertEquals(Opcode.INIT, init.opcode());
        assertEquals(7, init.intAt(In.Init.MAJOR));
        assertEquals(45, init.intAt(In.Init.MINOR));
        assertEquals(1 << 17, init.intAt(In.Init.READ_AHEAD_MAX));
        assertEquals(0x73fffffb, init.intAt(In.Init.FLAGS));
        assertEquals(0x3ff, init.intAt(In.Init.FLAGS2));
        assertEquals(64, init.bodyLength());
        Request old = Golden.request("init_short");
        assertEquals(31, old.intAt(In.Init.MINOR));
        assertEquals(0x03fffffb, old.intAt(In.Init.FLAGS));
        assertEquals(In.Init.SHORT_BYTES, old.bodyLength());
    }

    @Test
    void attributeChanges() {
        Request request = Golden.request("setattr");
        int all = In.Setattr.HAS_MODE
                | In.Setattr.HAS_UID
                | In.Setattr.HAS_GID
                | In.Setattr.HAS_SIZE
                | In.Setattr.HAS_ACCESSED
                | In.Setattr.HAS_MODIFIED
                | In.Setattr.HAS_HANDLE;
        assertEquals(all, request.intAt(In.Setattr.VALID));
        assertEquals(5, request.longAt(In.Setattr.HANDLE));
        assertEquals(100, request.longAt(In.Setattr.SIZE));
        assertEquals(1, request.longAt(In.Setattr.ACCESSED));
        assertEquals(11, request.intAt(In.Setattr.ACCESSED_NANOS));
        assertEquals(-2, request.longAt(In.Setattr.MODIFIED));
        assertEquals(500_000_000, request.intAt(In.Setattr.MODIFIED_NANOS));
        assertEquals(0100640, request.intAt(In.Setattr.MODE));
        assertEquals(7, request.intAt(In.Setattr.UID));
        assertEquals(8, request.intAt(In.Setattr.GID));
        int now = In.Setattr.HAS_ACCESSED | In.Setattr.HAS_MODIFIED | In.Setattr.ACCESSED_NOW | In.Setattr.MODIFIED_NOW;
        assertEquals(now, Golden.request("setattr_now").intAt(In.Setattr.VALID));
    }

    @Test
    void newNames() throws Exception {
        Request mknod = Golden.request("mknod");
        assertEquals(0020644, mknod.intAt(In.Mknod.MODE));
        assertEquals(0x812, mknod.intAt(In.Mknod.DEVICE));
        assertEquals(022, mknod.intAt(In.Mknod.UMASK));
        assertEquals(022, mknod.umask());
        assertEquals(new FileName("name"), mknod.nameAt(In.Mknod.BYTES));
        Request mkdir = Golden.request("mkdir");
        assertEquals(0755, mkdir.intAt(In.Mkdir.MODE));
        assertEquals(022, mkdir.intAt(In.Mkdir.UMASK));
        assertEquals(022, mkdir.umask());
        assertEquals(new FileName("name"), mkdir.nameAt(In.Mkdir.BYTES));
        Request link = Golden.request("link");
        assertEquals(NODE + 2, link.longAt(In.Link.NODE));
        assertEquals(new FileName("name"), link.nameAt(In.Link.BYTES));
        assertArrayEquals("name".getBytes(StandardCharsets.US_ASCII), link.bytesAt(In.Link.BYTES));
    }

    @Test
    void renames() throws Exception {
        Request rename = Golden.request("rename");
        assertEquals(NODE + 1, rename.longAt(In.Rename.TO_DIRECTORY));
        assertEquals(new FileName("old"), rename.nameAt(In.Rename.BYTES));
        assertEquals(new FileName("newer"), rename.nameAt(In.Rename.BYTES + 4));
        Request rename2 = Golden.request("rename2");
        assertEquals(NODE + 1, rename2.longAt(In.Rename.TO_DIRECTORY));
        assertEquals(In.Rename.EXCHANGE, rename2.intAt(In.Rename.FLAGS));
        assertEquals(new FileName("old"), rename2.nameAt(In.Rename.BYTES_2));
    }

    @Test
    void opensAndCloses() throws Exception {
        assertEquals(03001, Golden.request("open").intAt(In.Open.FLAGS));
        Request create = Golden.request("create");
        assertEquals(0202, create.intAt(In.Create.FLAGS));
        assertEquals(0100644, create.intAt(In.Create.MODE));
        assertEquals(022, create.intAt(In.Create.UMASK));
        assertEquals(022, create.umask());
        assertEquals(new FileName("name"), create.nameAt(In.Create.BYTES));
        Request release = Golden.request("release");
        assertEquals(5, release.longAt(In.Release.HANDLE));
        Request flush = Golden.request("flush");
        assertEquals(5, flush.longAt(In.Flush.HANDLE));
        assertEquals(0x99, flush.longAt(In.Flush.LOCK_OWNER));
    }

    @Test
    void data() {
        Request read = Golden.request("read");
        assertEquals(5, read.longAt(In.Read.HANDLE));
        assertEquals(4096, read.longAt(In.Read.OFFSET));
        assertEquals(10, read.intAt(In.Read.SIZE));
        assertEquals(0, read.intAt(In.Read.FLAGS), "for pages");
        assertEquals(In.Read.FOR_PROGRAM, Golden.request("read_for_program").intAt(In.Read.FLAGS));
        Request write = Golden.request("write");
        assertEquals(5, write.longAt(In.Write.HANDLE));
        assertEquals(4096, write.longAt(In.Write.OFFSET));
        assertEquals(3, write.intAt(In.Write.SIZE));
        assertEquals(02001, write.intAt(In.Write.FLAGS));
        assertEquals(0, write.intAt(In.Write.HOW), "a program's");
        assertEquals(In.Write.OF_PAGES, Golden.request("write_of_pages").intAt(In.Write.HOW));
        assertArrayEquals(
                "abc".getBytes(StandardCharsets.US_ASCII),
                write.bytesAt(In.Write.BYTES, 3).toArray(JAVA_BYTE));
        assertThrows(IllegalArgumentException.class, () -> write.bytesAt(In.Write.BYTES, 4));
        Request fsync = Golden.request("fsync");
        assertEquals(5, fsync.longAt(In.Fsync.HANDLE));
        assertEquals(In.Fsync.DATA_ONLY, fsync.intAt(In.Fsync.FLAGS));
        Request fallocate = Golden.request("fallocate");
        assertEquals(5, fallocate.longAt(In.Fallocate.HANDLE));
        assertEquals(4096, fallocate.longAt(In.Fallocate.OFFSET));
        assertEquals(8192, fallocate.longAt(In.Fallocate.LENGTH));
        assertEquals(1, fallocate.intAt(In.Fallocate.MODE));
        Request lseek = Golden.request("lseek");
        assertEquals(5, lseek.longAt(In.Lseek.HANDLE));
        assertEquals(0x1122334455L, lseek.longAt(In.Lseek.OFFSET));
        assertEquals(In.Lseek.HOLE, lseek.intAt(In.Lseek.WHENCE));
        Request copy = Golden.request("copy_file_range");
        assertEquals(5, copy.longAt(In.CopyRange.FROM_HANDLE));
        assertEquals(0x1122334455L, copy.longAt(In.CopyRange.FROM_OFFSET));
        assertEquals(6, copy.longAt(In.CopyRange.TO_HANDLE));
        assertEquals(4096, copy.longAt(In.CopyRange.TO_OFFSET));
        assertEquals(8192, copy.longAt(In.CopyRange.LENGTH));
        assertEquals(1, copy.longAt(In.CopyRange.FLAGS));
    }

    @Test
    void extendedAttributes() {
        Request set = Golden.request("setxattr");
        assertEquals(3, set.intAt(In.Setxattr.SIZE));
        assertEquals(In.Setxattr.CREATE, set.intAt(In.Setxattr.FLAGS));
        assertEquals("user.a", set.textAt(In.Setxattr.BYTES));
        Request get = Golden.request("getxattr");
        assertEquals(16, get.intAt(In.Getxattr.SIZE));
        assertEquals("user.a", get.textAt(In.Getxattr.BYTES));
    }

    @Test
    void locks() {
        Request get = Golden.request("getlk");
        assertEquals(5, get.longAt(In.Lock.HANDLE));
        assertEquals(0x99, get.longAt(In.Lock.OWNER));
        assertEquals(10, get.longAt(In.Lock.START));
        assertEquals(19, get.longAt(In.Lock.END));
        assertEquals(1, get.intAt(In.Lock.TYPE));
        assertEquals(42, get.intAt(In.Lock.PID));
        assertEquals(0, get.intAt(In.Lock.FLAGS));
        Request flock = Golden.request("flock");
        assertEquals(In.Lock.FLOCK, flock.intAt(In.Lock.FLAGS));
        assertEquals(Long.MAX_VALUE, flock.longAt(In.Lock.END));
    }

    @Test
    void interrupts() {
        assertEquals(0x10, Golden.request("interrupt").longAt(In.Interrupt.UNIQUE));
    }
}
