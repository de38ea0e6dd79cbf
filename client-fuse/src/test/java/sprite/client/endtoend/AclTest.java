package sprite.client.endtoend;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Access control lists: as on a local file system of Linux, whichever host sets them and whichever obeys. */
@ExtendWith(OnTwoMounts.class)
final class AclTest {
    /** Lists in words such as "u::6 u:1000:4 g::0 m::4 o::0", and programs of other users. */
    private static final String LISTS = """
            import shutil, struct, tempfile
            ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
            TAGS = {"u": (1, 2), "g": (4, 8), "m": (16, 16), "o": (32, 32)}
            NAMES = {1: "u:", 2: "u:%d", 4: "g:", 8: "g:%d", 16: "m:", 32: "o:"}

            def packed(words, version=2):
                value = struct.pack("<I", version)
                for word in words.split():
                    kind, name, rights = word.split(":")
                    tag = TAGS[kind][1 if name else 0]
                    value += struct.pack("<HHI", tag, int(rights), int(name) if name else 0xffffffff)
                return value

            def words(value):
                same(2, struct.unpack("<I", value[:4])[0])
                entries = struct.iter_unpack("<HHI", value[4:])
                return " ".join((NAMES[t] % n if t in (2, 8) else NAMES[t]) + ":%d" % r for t, r, n in entries)

            def result(call, *arguments):
                try:
                    return call(*arguments)
                except OSError as e:
                    return errno.errorcode[e.errno]

            def shown(path):
                found = [oct(os.stat(path).st_mode & 0o7777)]
                for name in (ACCESS, DEFAULT):
                    value = result(os.getxattr, path, name)
                    found.append(words(value) if isinstance(value, bytes) else value)
                return found + sorted(os.listxattr(path))

            def by(uid, groups, call, *arguments):
                pid = os.fork()
                if pid == 0:
                    try:
                        os.setgroups(groups[1:])
                        os.setgid(groups[0])
                        os.setuid(uid)
                        call(*arguments)
                        os._exit(0)
                    except OSError as e:
                        os._exit(e.errno)
                    finally:
                        os._exit(255)
                status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                return "ok" if status == 0 else errno.errorcode.get(status, status)

            def reading(path):
                os.close(os.open(path, os.O_RDONLY))

            def writing(path):
                os.close(os.open(path, os.O_WRONLY))

            def rights(path):
                granted = []
                for call in (reading, writing):
                    try:
                        call(path)
                        granted.append("ok")
                    except OSError as e:
                        granted.append(errno.errorcode[e.errno])
                raise OSError(200 + 2 * (granted[0] == "ok") + (granted[1] == "ok"), "")

            def as_locally(play):
                local = tempfile.mkdtemp(dir="/var/tmp")
                try:
                    os.chmod(local, 0o755)
                    expected = play(local, local)
                finally:
                    shutil.rmtree(local)
                assert len(expected) > 5 and len(set(map(str, expected))) > 3, expected
                for host, other, directory in ((A, B, "/first"), (B, A, "/second")):
                    os.mkdir(host + directory)
                    os.chmod(host + directory, 0o755)
                    found = play(host + directory, other + directory)
                    for i, (e, f) in enumerate(zip(expected, found)):
                        assert e == f, "%s, step %d: locally %r, here %r" % (host, i, e, f)
                    same(len(expected), len(found))
            """;

    @Test
    void showsListsAndModesAsALocalFileSystemDoes(Place here) throws Exception {
        here.python(LISTS + """
                def play(at, other):
                    f, g, d = at + "/f", other + "/f", at + "/d"
                    seen = []
                    put(f, b"data")
                    os.chmod(f, 0o640)
                    os.mkdir(d)
                    def step(call, *arguments):
                        seen.append((result(call, *arguments), shown(g), shown(f), shown(other + "/d")))
                    step(os.setxattr, f, ACCESS, packed("u::6 u:1000:7 g::4 m::6 o::0"))
                    step(os.chmod, g, 0o604)
                    step(os.chmod, f, 0o777)
                    step(os.setxattr, g, ACCESS, packed("u::6 u:1000:7 g::4 g:5:2 m::2 o::4"))
                    step(os.setxattr, f, ACCESS, packed("u::6 g::4 m::6 o::4"))
                    step(os.setxattr, f, ACCESS, packed("u::7 g::1 o::4"))
                    step(os.setxattr, f, ACCESS, packed("u::6 u:1000:7 g::4 m::6 o::0"), os.XATTR_CREATE)
                    step(os.setxattr, f, ACCESS, packed("u::6 u:1001:7 g::4 m::6 o::0"), os.XATTR_CREATE)
                    step(os.removexattr, g, ACCESS)
                    step(os.removexattr, f, ACCESS)
                    step(os.setxattr, f, ACCESS, packed(""))
                    step(os.setxattr, f, DEFAULT, packed("u::7 g::1 o::4"))
                    step(os.setxattr, d, DEFAULT, packed("u::7 g::1 o::4"))
                    step(os.setxattr, d, DEFAULT, packed("u::7 u:9:5 g::1 m::5 o::4"))
                    step(os.removexattr, d, DEFAULT)
                    step(os.removexattr, d, DEFAULT)
                    for wrong in ("u::6", "u::6 g::4 o::4 m::7", "u::6 u:1:6 g::4 o::4", "g::4 u::6 o::0",
                            "u::6 u::6 g::4 o::0", "u::9 g::4 o::0", "u::6 g::4 o::4 o::4", "m::4"):
                        step(os.setxattr, f, ACCESS, packed(wrong))
                    step(os.setxattr, f, ACCESS, packed("u::6 g::4 o::0", version=3))
                    step(os.setxattr, f, ACCESS, packed("u::6 g::4 o::0") + b"x")
                    os.symlink("f", at + "/s")
                    seen.append(result(lambda: os.getxattr(other + "/s", ACCESS, follow_symlinks=False)))
                    return seen
                as_locally(play)
                """);
    }

    @Test
    void grantsWhatALocalFileSystemGrants(Place here) throws Exception {
        here.python(LISTS + """
                def play(at, other):
                    f, seen = at + "/f", []
                    people = [(u, g) for u in (0, 1, 1000, 1002) for g in ([50], [5], [6, 7], [8, 5, 6])]
                    for acl in ("u::6 u:1000:4 u:1001:6 g::0 m::6 o::0",
                            "u::6 u:1000:0 g::6 m::7 o::7",
                            "u::0 u:1000:6 g::4 g:6:2 g:7:4 m::6 o::0",
                            "u::6 u:1002:6 g::6 g:6:6 g:7:0 m::4 o::2",
                            "u::7 g::2 g:7:4 m::0 o::6"):
                        put(f, b"data")
                        os.chown(f, 1, 5)
                        os.setxattr(f, ACCESS, packed(acl))
                        for path in (f, other + "/f"):
                            seen.append([by(u, g, rights, path) for u, g in people])
                        os.chmod(f, 0o666)
                        seen.append([by(u, g, rights, other + "/f") for u, g in people])
                        os.unlink(f)
                    d = at + "/d"
                    os.mkdir(d)
                    put(d + "/f", b"")
                    for acl in ("u::7 u:1000:1 g::0 m::7 o::0", "u::7 u:1000:5 g::0 g:6:1 m::5 o::0"):
                        os.setxattr(d, ACCESS, packed(acl))
                        for path in (d, other + "/d"):
                            seen.append([by(u, g, call, path + name) for u, g in people
                                    for call, name in ((os.stat, "/f"), (os.listdir, ""), (os.rmdir, "/no"))])
                    return seen
                as_locally(play)
                """);
    }

    @Test
    void givesNewFilesTheListsOfTheirDirectory(Place here) throws Exception {
        here.python(LISTS + """
                def play(at, other):
                    d, seen = at + "/d", []
                    os.mkdir(d)
                    os.chown(d, 0, 5)
                    os.chmod(d, 0o2777)
                    for acl in ("u::7 u:1000:6 g::5 m::7 o::4", "u::7 g::6 o::0", "u::6 g::7 g:9:7 m::3 o::7", None):
                        if acl is None:
                            os.removexattr(other + "/d", DEFAULT)
                        else:
                            os.setxattr(d, DEFAULT, packed(acl))
                        for umask in (0, 0o27, 0o777):
                            for mode in (0o666, 0o740, 0o1777):
                                for host, there in ((d, other + "/d"), (other + "/d", d)):
                                    os.umask(umask)
                                    os.close(os.open(host + "/f", os.O_CREAT | os.O_WRONLY | os.O_EXCL, mode))
                                    os.mkdir(host + "/new", mode)
                                    os.mknod(host + "/fifo", mode | 0o010000)
                                    os.symlink("f", host + "/link")
                                    os.umask(0)
                                    seen.append([shown(there + "/" + name) for name in ("f", "new", "fifo")])
                                    for name in ("f", "fifo", "link"):
                                        os.unlink(there + "/" + name)
                                    os.rmdir(there + "/new")
                    return seen
                as_locally(play)
                """);
    }

    @Test
    void letsOnlyOwnersSetListsAndTakesTheSetGroupBit(Place here) throws Exception {
        here.python(LISTS + """
                def play(at, other):
                    f, seen = at + "/f", []
                    acl = packed("u::6 u:1002:6 g::4 m::6 o::4")
                    for groups in ([50], [5], [8, 5]):
                        put(f, b"data")
                        os.chown(f, 1000, 5)
                        os.chmod(f, 0o2755)
                        for uid in (1001, 1000):
                            seen.append(by(uid, groups, os.setxattr, other + "/f", ACCESS, acl))
                            seen.append(shown(f))
                            seen.append(by(uid, groups, os.removexattr, other + "/f", ACCESS))
                            seen.append(shown(f))
                        os.unlink(f)
                    return seen
                as_locally(play)
                """);
    }

    @Test
    void obeysAtOnceWhatAnotherHostSets(Place here) throws Exception {
        here.python(LISTS + """
                put(A + "/f", b"data")
                os.chmod(A + "/f", 0o600)
                for i in range(200):
                    host, other = ((A, B), (B, A))[i % 2]
                    granted = packed("u::6 u:1000:4 g::0 m::4 o::0")
                    os.setxattr(host + "/f", ACCESS, granted)
                    same("ok", by(1000, [1000], reading, other + "/f"))
                    same(granted, os.getxattr(other + "/f", ACCESS))
                    os.setxattr(host + "/f", ACCESS, packed("u::6 u:1000:0 g::0 m::4 o::0"))
                    same("EACCES", by(1000, [1000], reading, other + "/f"))
                    os.mkdir(host + "/d%d" % i)
                    same("ENODATA", result(os.getxattr, other + "/d%d" % i, DEFAULT))
                    os.setxattr(host + "/d%d" % i, DEFAULT, packed("u::7 g::5 o::5"))
                    same("u::7 g::5 o::5", words(os.getxattr(other + "/d%d" % i, DEFAULT)))
                    os.removexattr(other + "/d%d" % i, DEFAULT)
                    same("ENODATA", result(os.getxattr, host + "/d%d" % i, DEFAULT))
                """);
    }
}
