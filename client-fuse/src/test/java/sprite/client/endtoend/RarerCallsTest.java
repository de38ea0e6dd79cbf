package sprite.client.endtoend;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import sprite.client.fuse.jnr.JnrDriver;

/** Calls and checks that not every driver has, done on one host and seen on the other. */
@ExtendWith(OnTwoMounts.class)
final class RarerCallsTest {
    /** {@code rename(from, to, flags)}, by renameat2(2). */
    private static final String RENAME = """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            NOREPLACE, EXCHANGE = 1, 2

            def rename(old, new, flags):
                if libc.renameat2(-100, os.fsencode(old), -100, os.fsencode(new), flags):
                    raise OSError(ctypes.get_errno(), "renameat2")

            """;

    /** The driver of B has them, unless all of the run is for the other one. */
    private static void needsTheKernelDriver() {
        assumeFalse(JnrDriver.NAME.equals(System.getProperty("driver")), "libfuse 2 does not pass it on");
    }

    @Test
    void exchangesNames(Place here) throws Exception {
        needsTheKernelDriver();
        here.python(RENAME + """
                os.makedirs(A + "/d/inner")
                put(A + "/f", b"file")
                same((b"file", ["inner"]), (get(B + "/f"), os.listdir(B + "/d"))) # both hosts hold the names
                numbers = [os.stat(A + "/" + name).st_ino for name in ("f", "d")]
                rename(B + "/f", B + "/d", EXCHANGE)
                for host in (A, B):
                    same((b"file", ["inner"]), (get(host + "/d"), os.listdir(host + "/f")))
                    same(numbers, [os.stat(host + "/" + name).st_ino for name in ("d", "f")])
                    same(["d", "f"], sorted(os.listdir(host)))
                rename(B + "/d", B + "/f/inner", EXCHANGE)
                for host in (A, B):
                    same((b"file", []), (get(host + "/f/inner"), os.listdir(host + "/d")))
                    same([4, 2], [os.stat(host).st_nlink, os.stat(host + "/f").st_nlink])
                """);
    }

    @Test
    void refusesExchangesThatCannotBe(Place here) throws Exception {
        needsTheKernelDriver();
        here.python(RENAME + """
                os.makedirs(A + "/d/e")
                put(A + "/d/f", b"")
                refused(errno.ENOENT, rename, B + "/d", B + "/nothing", EXCHANGE)
                refused(errno.EINVAL, rename, B + "/d", B + "/d/e", EXCHANGE)
                refused(errno.EINVAL, rename, B + "/d/e", B + "/d", EXCHANGE)
                refused(errno.EINVAL, rename, B + "/d", B + "/d", EXCHANGE | NOREPLACE)
                put(PA + "/f", b"")
                refused(errno.EXDEV, rename, B + "/d/f", PB + "/f", EXCHANGE)
                same(["e", "f"], sorted(os.listdir(A + "/d")))
                """);
    }

    @Test
    void asksForTheRightToChangeBothSidesOfAnExchange(Place here) throws Exception {
        needsTheKernelDriver();
        here.python(RENAME + """
                for name in ("one", "two", "one/mine", "two/others"):
                    os.mkdir(A + "/" + name)
                    if name != "two/others":
                        os.chown(A + "/" + name, 1000, 1000)
                swap = (rename, B + "/one/mine", B + "/two/others", EXCHANGE)
                refused(errno.EACCES, ordinary, *swap)
                os.chmod(A + "/two/others", 0o777)
                ordinary(*swap)
                same([0, 1000], [os.stat(A + name).st_uid for name in ("/one/mine", "/two/others")])
                os.chown(A + "/one", 2000, 2000)
                os.chmod(A + "/one", 0o1777)
                refused(errno.EPERM, ordinary, *swap)
                """);
    }

    @Test
    void keepsWhatIsThereWhenAsked(Place here) throws Exception {
        needsTheKernelDriver();
        here.python(RENAME + """
                put(A + "/from", b"new")
                refused(errno.ENOENT, os.stat, B + "/to") # B holds that there is no such name
                put(A + "/to", b"old")
                refused(errno.EEXIST, rename, B + "/from", B + "/to", NOREPLACE)
                same((b"new", b"old"), (get(A + "/from"), get(B + "/to")))
                os.unlink(A + "/to")
                rename(B + "/from", B + "/to", NOREPLACE)
                same((b"new", ["to"]), (get(A + "/to"), os.listdir(A)))
                """);
    }

    @Test
    void tellsTheTimeOfBirth(Place here) throws Exception {
        needsTheKernelDriver();
        here.shell("""
                before=$(date +%s)
                echo x >$A/f
                mkdir $A/d
                mkfifo $A/fifo
                touch -d "2001-02-03" $A/f
                mv $A/f $A/g
                all='%s %a %u %g %h %i %F %Y %Z'
                for name in g d fifo; do
                    born=$(stat -c %W $B/$name)
                    [ $born -ge $((before - 1)) ] || { echo "$name: $born"; exit 1; }
                    [ $born -le $(($(date +%s) + 1)) ] || { echo "$name: $born"; exit 1; }
                    same "$(stat -c "$all" $A/$name)" "$(stat -c "$all %W" $B/$name | sed 's/ [0-9]*$//')"
                done
                mknod $A/device b 7 300
                same "7 12c $(stat -c %Z $A/device)" "$(stat -c '%t %T %Z' $B/device)"
                """);
    }

    /** No driver hears of programs that open a FIFO or connect to a socket: the kernel has to check. */
    @ParameterizedTest
    @FieldSource("sprite.client.fuse.Drivers#NAMES")
    void guardsFifosAndSocketsIfTheKernelChecks(String driver, Place here, TwoMounts mounts) throws Exception {
        String host = "checked-" + driver;
        mounts.mount(host, "--driver", driver, "-o", "nokernel_cache,default_permissions");
        here.python("C = \"" + mounts.at(host).resolve(here.a().getFileName()) + "\"\n" + """
                import socket
                os.mkfifo(A + "/fifo")
                socket.socket(socket.AF_UNIX).bind(A + "/socket")
                connection = socket.socket(socket.AF_UNIX)
                put(A + "/f", b"x")
                for i in range(2):
                    for name in ("fifo", "socket", "f"):
                        os.chmod(A + "/" + name, 0o600)
                    refused(errno.EACCES, ordinary, os.open, C + "/fifo", os.O_RDWR)
                    refused(errno.EACCES, ordinary, connection.connect, C + "/socket")
                    refused(errno.EACCES, ordinary, get, C + "/f")
                    for name in ("fifo", "socket", "f"):
                        os.chmod(A + "/" + name, 0o666)
                    ordinary(os.open, C + "/fifo", os.O_RDWR)
                    refused(errno.ECONNREFUSED, ordinary, connection.connect, C + "/socket") # nobody listens
                    ordinary(get, C + "/f")
                """);
        mounts.processes().stop(host);
    }
}
