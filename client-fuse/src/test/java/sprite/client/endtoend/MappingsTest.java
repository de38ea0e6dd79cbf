package sprite.client.endtoend;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Files that two hosts have mapped shared, C and D, both with page_cache. */
@ExtendWith(OnTwoMounts.class)
final class MappingsTest {
    private static final String HELP = """
            import sqlite3, struct

            def mapped(path, size):
                fd = os.open(path, os.O_RDWR)
                mapping = mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
                os.close(fd)
                return mapping

            def word(mapping, at):
                return struct.unpack_from("=Q", mapping, at)[0]

            def store(mapping, at, value):
                struct.pack_into("=Q", mapping, at, value)

            """;

    /** Mounts C and D, runs the script, and takes them away. */
    private static void run(Place here, TwoMounts mounts, String script) throws IOException, InterruptedException {
        assumeTrue(System.getProperty("driver") == null); // the others cannot map
        mounts.mount("c", "-o", "page_cache");
        mounts.mount("d", "-o", "page_cache");
        try {
            here.python("C = \"" + mounts.at("c").resolve(here.a().getFileName()) + "\"\n" + "D = \""
                    + mounts.at("d").resolve(here.a().getFileName()) + "\"\n" + HELP + script);
        } finally {
            mounts.processes().stop("c");
            mounts.processes().stop("d");
        }
    }

    @Test
    void showEachOthersStores(Place here, TwoMounts mounts) throws Exception {
        run(here, mounts, """
                put(A + "/f", bytes(20_000))
                c, d = mapped(C + "/f", 20_000), mapped(D + "/f", 20_000)
                for i in range(500):
                    store(c, 8 * (i % 4), i)
                    same(i, word(d, 8 * (i % 4)))
                    store(d, 8 * (i % 4) + 4_096 * (i % 3), i + 1)
                    same(i + 1, word(c, 8 * (i % 4) + 4_096 * (i % 3)))
                """);
    }

    @Test
    void loseNoStoreToOnePage(Place here, TwoMounts mounts) throws Exception {
        run(here, mounts, """
                put(A + "/f", bytes(4_096))
                failed = []

                def count(mapping, at):
                    try:
                        for i in range(1, 2_001):
                            same(i - 1, word(mapping, at))
                            store(mapping, at, i)
                    except BaseException as e:
                        failed.append(e)

                mappings = [mapped(C + "/f", 4_096), mapped(D + "/f", 4_096)]
                threads = [threading.Thread(target=count, args=(m, 64 * i)) for i, m in enumerate(mappings)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                same([], failed)
                same([2_000, 2_000], [word(mappings[0], 64 * i) for i in range(2)])
                """);
    }

    @Test
    void showInReadsAndShowWrites(Place here, TwoMounts mounts) throws Exception {
        run(here, mounts, """
                put(A + "/f", bytes(20_000))
                c = mapped(C + "/f", 20_000)
                store(c, 0, 1) # C may cache the file
                fd = os.open(D + "/f", os.O_RDWR)
                same(struct.pack("=Q", 1), os.pread(fd, 8, 0))
                for i in range(300):
                    store(c, 8, i)
                    same(struct.pack("=Q", i), os.pread(fd, 8, 8))
                    os.pwrite(fd, struct.pack("=Q", i), 4_096)
                    same(i, word(c, 4_096))
                    store(c, 16, i)
                    same(struct.pack("=Q", i), get(A + "/f")[16:24])
                os.close(fd)
                c.flush()
                c.close()
                same(struct.pack("=Q", 299), get(B + "/f")[16:24])
                """);
    }

    @Test
    void endWhereAnotherHostCutsTheFile(Place here, TwoMounts mounts) throws Exception {
        run(here, mounts, """
                put(A + "/f", b"x" * 20_000)
                c = mapped(C + "/f", 20_000)
                d = os.open(D + "/f", os.O_RDWR)
                for i in range(100):
                    store(c, 0, i)
                    store(c, 16_384, i)
                    os.ftruncate(d, 100)
                    same(100, os.fstat(d).st_size)
                    store(c, 8, i)
                    same(100, len(get(A + "/f")))
                    same(struct.pack("=QQ", i, i), os.pread(d, 16, 0))
                    os.ftruncate(d, 20_000)
                    same(20_000, os.stat(C + "/f").st_size)
                    same(0, word(c, 16_384))
                    same(bytes(8), os.pread(d, 8, 16_384))
                """);
    }

    @Test
    void areTruncatedByTheirOwnHostWhileAnotherOpensTheFile(Place here, TwoMounts mounts) throws Exception {
        run(here, mounts, """
                put(A + "/f", b"x" * 20_000)
                c = mapped(C + "/f", 20_000)
                over, failed = [False], []

                def look():
                    try:
                        while not over[0]:
                            get(D + "/f")
                    except BaseException as e:
                        failed.append(e)

                looking = threading.Thread(target=look)
                looking.start()
                fd = os.open(C + "/f", os.O_RDWR)
                for i in range(200):
                    store(c, 0, i)
                    os.ftruncate(fd, 8_192 + i % 2 * 8_192)
                    same(i, word(c, 0))
                over[0] = True
                looking.join()
                same([], failed)
                same(struct.pack("=Q", 199), get(A + "/f")[:8])
                """);
    }

    @Test
    void fillHolesForWhoeverLooksForThem(Place here, TwoMounts mounts) throws Exception {
        run(here, mounts, """
                for i in range(10):
                    names = ["/f" + str(i), "/copy" + str(i)]
                    put(A + names[0], b"")
                    c, d = os.open(C + names[0], os.O_RDWR), os.open(D + names[0], os.O_RDWR)
                    os.ftruncate(c, 1 << 20)
                    mapping = mmap.mmap(c, 1 << 20)
                    mapping[500_000:500_005] = b"hello"
                    found = os.lseek(c if i % 2 else d, 0, os.SEEK_DATA)
                    same(True, 400_000 < found <= 500_000)
                    mapping[900_000:900_003] = b"abc"
                    put(D + names[1], b"")
                    copy = os.open(D + names[1], os.O_RDWR)
                    same(1 << 20, os.fstat(d).st_size) # the kernel copies no more than it knows of
                    same(1 << 20, os.copy_file_range(d, copy, 1 << 20, 0, 0))
                    same(b"abc", os.pread(copy, 3, 900_000))
                    for fd in c, d, copy:
                        os.close(fd)
                """);
    }

    @Test
    void areHomeWhenTheirProgramHasEnded(Place here, TwoMounts mounts) throws Exception {
        run(here, mounts, """
                put(A + "/f", bytes(200_000))
                for i in range(20):
                    child = os.fork()
                    if child == 0:
                        c = mapped(C + "/f", 200_000)
                        for page in range(48):
                            store(c, 4_096 * page, i)
                        os._exit(0)
                    os.waitpid(child, 0)
                    same([i] * 48, [word(get(D + "/f"), 4_096 * page) for page in range(48)])
                """);
    }

    @Test
    void carryDatabasesInWalMode(Place here, TwoMounts mounts) throws Exception {
        run(here, mounts, """
                def connect(path):
                    found = sqlite3.connect(path + "/db", timeout=60, isolation_level=None)
                    found.execute("pragma synchronous = off")
                    return found

                one = connect(C)
                same(("wal",), one.execute("pragma journal_mode = wal").fetchone())
                one.execute("create table t (who, n, filler)")
                for who in 0, 1:
                    one.execute("insert into t values (?, 0, '')", (who,))
                failed = []

                def work(path, who):
                    try:
                        mine = connect(path)
                        for i in range(100):
                            mine.execute("begin immediate")
                            mine.execute("update t set n = n + 1 where filler = '' and who = ?", (who,))
                            mine.execute("insert into t values (?, ?, ?)", (who, i, "x" * (i * 37 % 2_000)))
                            mine.execute("commit")
                        mine.close()
                    except BaseException as e:
                        failed.append(e)

                threads = [threading.Thread(target=work, args=(path, i)) for i, path in enumerate((C, D))]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                same([], failed)
                other = connect(D)
                for connection in one, other:
                    same([("ok",)], connection.execute("pragma integrity_check").fetchall())
                    same([(202,)], connection.execute("select count(*) from t").fetchall())
                """);
    }
}
