package sprite.client.endtoend;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What calls are refused with, on the host that made the thing and on the other. (EMLINK takes 65,000 links.) */
@ExtendWith(OnTwoMounts.class)
final class ErrorsTest {
    @Test
    void ofPathsThatLeadNowhere(Place here) throws Exception {
        here.python("""
                for host, other in ((A, B), (B, A)):
                    os.mkdir(host + "/d")
                    put(host + "/f", b"")
                    os.symlink("loop", host + "/loop")
                    os.symlink("f", host + "/to-file")
                    os.symlink("nothing", host + "/dangling")
                    for at in (host, other):
                        refused(errno.ELOOP, os.stat, at + "/loop")
                        refused(errno.ELOOP, os.stat, at + "/loop/f")
                        refused(errno.ELOOP, os.open, at + "/to-file", os.O_RDONLY | os.O_NOFOLLOW)
                        refused(errno.ENOENT, os.stat, at + "/dangling")
                        refused(errno.ENOENT, os.stat, at + "/d/nothing/f")
                        for call in (os.stat, os.unlink, os.rmdir, os.mkdir, os.listdir, os.readlink):
                            refused(errno.ENOTDIR, call, at + "/f/below")
                        refused(errno.ENOTDIR, os.stat, at + "/f/")
                        refused(errno.ENOTDIR, os.open, at + "/f/new", os.O_CREAT | os.O_WRONLY)
                        refused(errno.ENOTDIR, os.open, at + "/f", os.O_RDONLY | os.O_DIRECTORY)
                        refused(errno.ENOTDIR, os.rmdir, at + "/f")
                        refused(errno.ENOTDIR, os.rename, at + "/f", at + "/f/below")
                        for length in (256, 5000):
                            refused(errno.ENAMETOOLONG, os.stat, at + "/" + "n" * length)
                            refused(errno.ENAMETOOLONG, os.mkdir, at + "/" + "n" * length)
                        refused(errno.EINVAL, os.readlink, at + "/f")
                    for name in ("f", "loop", "to-file", "dangling"):
                        os.unlink(other + "/" + name)
                    os.rmdir(other + "/d")
                """);
    }

    @Test
    void ofDirectoriesAndFilesInEachOthersPlace(Place here) throws Exception {
        here.python("""
                for host, other in ((A, B), (B, A)):
                    os.makedirs(host + "/full/inner")
                    os.mkdir(host + "/empty")
                    put(host + "/f", b"")
                    for at in (host, other):
                        refused(errno.EISDIR, os.open, at + "/empty", os.O_WRONLY)
                        refused(errno.EISDIR, os.open, at + "/empty", os.O_RDWR | os.O_CREAT)
                        refused(errno.EISDIR, os.truncate, at + "/empty", 0)
                        refused(errno.EISDIR, os.unlink, at + "/empty")
                        refused(errno.EISDIR, os.rename, at + "/f", at + "/empty")
                        refused(errno.ENOTDIR, os.rename, at + "/empty", at + "/f")
                        refused(errno.ENOTEMPTY, os.rmdir, at + "/full")
                        refused(errno.ENOTEMPTY, os.rename, at + "/empty", at + "/full")
                        refused(errno.EINVAL, os.rename, at + "/full", at + "/full/inner/below")
                        refused(errno.EEXIST, os.mkdir, at + "/f")
                        refused(errno.EEXIST, os.symlink, "x", at + "/empty")
                        refused(errno.EEXIST, os.link, at + "/f", at + "/empty")
                        refused(errno.EPERM, os.link, at + "/empty", at + "/hard")
                    for at, projects in ((host, PA if host == A else PB), (other, PB if host == A else PA)):
                        refused(errno.EXDEV, os.rename, at + "/f", projects + "/f")
                        refused(errno.EXDEV, os.link, at + "/f", projects + "/f")
                    os.rmdir(other + "/full/inner")
                    os.rmdir(other + "/full")
                    os.rmdir(other + "/empty")
                    os.unlink(other + "/f")
                """);
    }

    @Test
    void ofProgramsThatRun(Place here) throws Exception {
        here.python("""
                import shutil, subprocess
                for host, other in ((A, B), (B, A)):
                    shutil.copy("/bin/sleep", host + "/program")
                    os.chmod(host + "/program", 0o755)
                    for runs, writes in ((host, other), (other, host), (host, host), (other, other)):
                        program = subprocess.Popen([runs + "/program", "100"])
                        try:
                            refused(errno.ETXTBSY, os.open, writes + "/program", os.O_WRONLY)
                            refused(errno.ETXTBSY, os.truncate, writes + "/program", 0)
                        finally:
                            program.kill()
                            program.wait()
                        fd = None
                        deadline = time.monotonic() + 20
                        while fd is None:
                            try:
                                fd = os.open(writes + "/program", os.O_WRONLY)
                            except OSError as e: # the kernel tells later that nobody runs it any more
                                assert e.errno == errno.ETXTBSY and time.monotonic() < deadline, e
                        refused(errno.ETXTBSY, subprocess.call, [runs + "/program", "0"])
                        os.close(fd)
                        deadline = time.monotonic() + 20
                        while True:
                            try:
                                same(0, subprocess.call([runs + "/program", "0"]))
                                break
                            except OSError as e:
                                assert e.errno == errno.ETXTBSY and time.monotonic() < deadline, e
                    os.unlink(host + "/program")
                """);
    }

    @Test
    void ofFilesThatMayNotGrowSo(Place here) throws Exception {
        here.python("""
                import resource
                def limited(host, ignores):
                    if ignores:
                        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                    else:
                        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
                    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
                    fd = os.open(host + "/f", os.O_CREAT | os.O_RDWR)
                    same(1000, os.pwrite(fd, b"x" * 1500, 0)) # as far as it may
                    if ignores:
                        refused(errno.EFBIG, os.pwrite, fd, b"y", 1000)
                        refused(errno.EFBIG, os.ftruncate, fd, 1001)
                        refused(errno.EFBIG, os.posix_fallocate, fd, 0, 1001)
                        os.ftruncate(fd, 999)
                    else:
                        os.pwrite(fd, b"y", 1000)

                for host, other in ((A, B), (B, A)):
                    for ignores in (True, False):
                        pid = os.fork()
                        if pid == 0:
                            try:
                                limited(host, ignores)
                                os._exit(0)
                            except BaseException as e:
                                print(e, flush=True)
                                os._exit(1)
                        same(0 if ignores else -signal.SIGXFSZ, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                        same(b"x" * (999 if ignores else 1000), get(other + "/f"))
                        os.unlink(other + "/f")
                """);
    }

    @Test
    void ofAMountThatIsReadOnly(Place here, TwoMounts mounts) throws Exception {
        mounts.mount("readonly", "-o", "ro");
        here.python("import sys\nREADONLY = \"" + mounts.at("readonly") + "/\" + os.path.basename(A)\n" + """
                put(A + "/f", b"there")
                os.mkdir(A + "/d")
                f, new = READONLY + "/f", READONLY + "/new"
                same(b"there", get(f))
                same(["d", "f"], sorted(os.listdir(READONLY)))
                assert os.statvfs(READONLY).f_flag & os.ST_RDONLY
                for flags in (os.O_WRONLY, os.O_RDWR, os.O_RDONLY | os.O_TRUNC):
                    refused(errno.EROFS, os.open, f, flags)
                refused(errno.EROFS, os.open, new, os.O_CREAT | os.O_WRONLY)
                refused(errno.EROFS, os.mkdir, new)
                refused(errno.EROFS, os.mkfifo, new)
                refused(errno.EROFS, os.symlink, "x", new)
                refused(errno.EROFS, os.link, f, new)
                refused(errno.EROFS, os.rename, f, new)
                refused(errno.EROFS, os.unlink, f)
                refused(errno.EROFS, os.rmdir, READONLY + "/d")
                refused(errno.EROFS, os.chmod, f, 0o600)
                refused(errno.EROFS, os.chown, f, 1, 1)
                refused(errno.EROFS, os.utime, f)
                refused(errno.EROFS, os.truncate, f, 0)
                refused(errno.EROFS, os.setxattr, f, "user.a", b"")
                assert not os.access(f, os.W_OK) and os.access(f, os.R_OK)
                put(B + "/f", b"changed")
                same(b"changed", get(f))
                """);
    }
}
