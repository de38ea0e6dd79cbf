package sprite.client.endtoend;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What changes of names on one host are on the other. */
@ExtendWith(OnTwoMounts.class)
final class NamesTest {
    @Test
    void makesAndRemovesDirectories(Place here) throws Exception {
        here.python("""
                os.mkdir(A + "/d")
                refused(errno.EEXIST, os.mkdir, B + "/d")
                put(B + "/d/f", b"")
                refused(errno.ENOTEMPTY, os.rmdir, A + "/d")
                refused(errno.EISDIR, os.unlink, A + "/d")
                refused(errno.ENOTDIR, os.rmdir, A + "/d/f")
                os.unlink(A + "/d/f")
                os.rmdir(B + "/d")
                refused(errno.ENOENT, os.stat, A + "/d")
                """);
    }

    @Test
    void renamesOverWhatMayBeReplaced(Place here) throws Exception {
        here.python("""
                put(A + "/from", b"new")
                put(B + "/to", b"old")
                os.rename(A + "/from", A + "/to")
                same((b"new", ["to"]), (get(B + "/to"), os.listdir(B)))
                os.makedirs(A + "/full/x")
                os.mkdir(B + "/empty")
                refused(errno.ENOTEMPTY, os.rename, B + "/empty", B + "/full")
                refused(errno.EINVAL, os.rename, A + "/full", A + "/full/x/y")
                refused(errno.EISDIR, os.rename, A + "/to", A + "/full")
                refused(errno.ENOTDIR, os.rename, A + "/full", A + "/to")
                os.rename(A + "/full", A + "/empty")
                same(["x"], os.listdir(B + "/empty"))
                refused(errno.ENOENT, os.stat, B + "/full")
                """);
    }

    @Test
    void countsLinks(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"data")
                os.link(B + "/f", B + "/g")
                same(2, os.stat(A + "/f").st_nlink)
                os.unlink(A + "/f")
                same((1, b"data"), (os.stat(B + "/g").st_nlink, get(A + "/g")))
                os.mkdir(A + "/d")
                os.mkdir(B + "/d/e")
                same([3, 3], [os.stat(host + "/d").st_nlink for host in (A, B)])
                """);
    }

    @Test
    void followsSymbolicLinksAcrossPrefixes(Place here) throws Exception {
        here.python("""
                put(PA + "/f", b"far")
                put(A + "/f", b"near")
                name = os.path.basename(A)
                os.symlink("../projects/" + name + "/f", A + "/there")
                os.symlink("../../" + name + "/f", PA + "/back")
                same("../projects/" + name + "/f", os.readlink(B + "/there"))
                same((b"far", b"near"), (get(B + "/there"), get(PB + "/back")))
                same(len("../projects/" + name + "/f"), os.lstat(B + "/there").st_size)
                """);
    }

    @Test
    void keepsAnUnlinkedFileWhileItIsOpen(Place here) throws Exception {
        here.python("""
                for remover in (A, B):
                    fd = os.open(A + "/f", os.O_RDWR | os.O_CREAT | os.O_EXCL)
                    os.write(fd, b"before")
                    os.unlink(remover + "/f")
                    same(([], []), (os.listdir(A), os.listdir(B)))
                    os.write(fd, b" after")
                    same(b"before after", os.pread(fd, 100, 0))
                    same(12, os.fstat(fd).st_size)
                    os.ftruncate(fd, 3)
                    os.fchmod(fd, 0o600)
                    same((3, 0o600), (os.fstat(fd).st_size, stat.S_IMODE(os.fstat(fd).st_mode)))
                    os.fsync(fd)
                    os.close(fd)
                os.rmdir(B)
                refused(errno.ENOENT, os.stat, A)
                """);
    }

    @Test
    void keepsAnOpenFileThatARenameReplaced(Place here) throws Exception {
        here.python("""
                for renamer in (A, B):
                    fd = os.open(A + "/f", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
                    os.write(fd, b"old")
                    put(renamer + "/g", b"new")
                    os.rename(renamer + "/g", renamer + "/f")
                    os.write(fd, b"er")
                    same(b"older", os.pread(fd, 10, 0))
                    same((b"new", b"new"), (get(A + "/f"), get(B + "/f")))
                    os.close(fd)
                """);
    }

    @Test
    void makesSpecialFiles(Place here) throws Exception {
        here.python("""
                os.mkfifo(A + "/fifo")
                assert stat.S_ISFIFO(os.stat(B + "/fifo").st_mode)
                writer = threading.Thread(target=put, args=(A + "/fifo", b"through"))
                writer.start()
                same(b"through", get(A + "/fifo"))
                writer.join()
                for kind in (stat.S_IFCHR, stat.S_IFBLK):
                    os.mknod(A + "/%o" % kind, kind | 0o600, os.makedev(7, 300))
                    s = os.stat(B + "/%o" % kind)
                    same((kind | 0o600, os.makedev(7, 300)), (s.st_mode, s.st_rdev))
                """);
    }

    @Test
    void takesNamesOf255BytesAndNoLonger(Place here) throws Exception {
        here.python("""
                put(A + "/" + "n" * 255, b"")
                same(["n" * 255], os.listdir(B))
                for call in (os.stat, os.mkdir, os.unlink, os.mkfifo):
                    refused(errno.ENAMETOOLONG, call, B + "/" + "n" * 256)
                refused(errno.ENAMETOOLONG, os.rename, A + "/" + "n" * 255, A + "/" + "n" * 256)
                refused(errno.ENAMETOOLONG, os.symlink, "x", A + "/" + "n" * 256)
                """);
    }

    @Test
    void keepsNamesOfAnyBytes(Place here) throws Exception {
        here.python("""
                names = sorted(bytes([b, 0xff, b]) for b in range(1, 256) if b != ord("/"))
                for name in names:
                    put(os.fsencode(A) + b"/" + name, name)
                same(names, sorted(os.listdir(os.fsencode(B))))
                for name in names:
                    same(name, get(os.fsencode(B) + b"/" + name))
                """);
    }

    @Test
    void refusesToRenameAndLinkBetweenDomainsWhileMvWorks(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"data")
                refused(errno.EXDEV, os.rename, A + "/f", PA + "/f")
                refused(errno.EXDEV, os.link, A + "/f", PA + "/f")
                """);
        here.shell("""
                mkdir -p $A/tree/below
                echo moved >$A/tree/below/f
                mv $B/tree $B/f $PB/
                same moved "$(cat $PA/tree/below/f)"
                refused "No such file" stat $A/tree
                """);
    }

    @Test
    void leavesARemoteLinkWhereItsPrefixSays(Place here) throws Exception {
        here.python("""
                link = os.path.dirname(PB)
                refused(errno.EBUSY, os.rename, link, B + "/moved")
                refused(errno.EBUSY, os.rmdir, link)
                os.mkdir(A + "/d")
                refused(errno.EXDEV, os.rename, A + "/d", link)
                same([os.path.basename(PB)], [name for name in os.listdir(link) if name == os.path.basename(PB)])
                """);
    }

    @Test
    void numbersFilesEqually(Place here) throws Exception {
        here.python("""
                for directory in (A, PA):
                    for i in range(50):
                        put(directory + "/%d" % i, b"")
                seen = set()
                for a, b in ((A, B), (PA, PB)):
                    same({e.name: e.inode() for e in os.scandir(a)}, {e.name: e.inode() for e in os.scandir(b)})
                    for entry in os.scandir(a):
                        same(os.stat(b + "/" + entry.name).st_ino, entry.inode())
                        seen.add(entry.inode())
                same(100, len(seen))
                """);
    }

    @Test
    void listsEachStableNameOnceWhileOthersComeAndGo(Place here) throws Exception {
        here.python("""
                COUNT, REMOVED = 20_000, 50
                stable = {"stable%d" % i for i in range(COUNT)}
                for name in stable:
                    os.mknod(A + "/" + name)
                stop = threading.Event()
                failures = []
                def disturb():
                    i = 0
                    try:
                        while not stop.is_set():
                            os.mknod(B + "/other%d" % i)
                            if i >= REMOVED:
                                os.unlink(B + "/other%d" % (i - REMOVED))
                            i += 1
                    except OSError as e:
                        failures.append(e)
                disturber = threading.Thread(target=disturb)
                disturber.start()
                try:
                    for host in (A, B, A):
                        names = [name for name in os.listdir(host) if name.startswith("stable")]
                        same(COUNT, len(names))
                        same(stable, set(names))
                finally:
                    stop.set()
                    disturber.join()
                same([], failures)
                """);
    }

    @Test
    void runsProgramsFromTheMount(Place here) throws Exception {
        here.shell("""
                cp /bin/ls $A/list
                same "$(ls /)" "$($B/list /)"
                printf '#!/bin/sh\\necho run $1' >$B/script
                refused "Permission denied" $A/script
                chmod +x $A/script
                same "run 1" "$($B/script 1)"
                """);
    }

    /** Between a program's lookup and its open, which are two requests, the name may be given to another file. */
    @Test
    void opensWhatWasLookedUpAndNotWhatHadTheNameBefore(Place here) throws Exception {
        here.python("""
                put(A + "/name", b"old")
                kept = os.open(A + "/name", os.O_RDONLY)
                put(B + "/new", b"newer")
                os.rename(B + "/new", B + "/name")
                held = os.open(B + "/name", os.O_RDONLY)
                found = os.open(A + "/name", os.O_PATH)
                put(A + "/newest", b"newest")
                os.rename(A + "/newest", A + "/name")
                same(b"newest", get(A + "/name"))
                same(b"newer", get("/proc/self/fd/%d" % found))
                same(b"old", os.pread(kept, 10, 0))
                """);
    }
}
