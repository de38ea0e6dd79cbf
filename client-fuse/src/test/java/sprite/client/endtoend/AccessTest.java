package sprite.client.endtoend;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Owners, modes and the other attributes: who may do what, on either host. */
@ExtendWith(OnTwoMounts.class)
final class AccessTest {
    @Test
    void changesModeAndOwner(Place here) throws Exception {
        here.shell("""
                touch $A/f
                chmod 4751 $B/f
                same 4751 "$(stat -c %a $A/f)"
                chown 1000:1001 $A/f
                chmod 640 $A/f
                same "640 1000 1001" "$(stat -c '%a %u %g' $B/f)"
                refused "not permitted" user chmod 777 $A
                refused "not permitted" user chown 0 $B/f
                refused "not permitted" user chgrp 1002 $B/f
                """);
    }

    @Test
    void clearsSetIdWhenAnOrdinaryUserWrites(Place here) throws Exception {
        here.shell("""
                for writer in $A $B; do
                    echo x >$A/f
                    chmod 6777 $A/f
                    user sh -c "echo y >>$writer/f"
                    same "777 777" "$(stat -c %a $A/f) $(stat -c %a $B/f)"
                done
                """);
    }

    @Test
    void clearsCapabilitiesWhenAnybodyWrites(Place here) throws Exception {
        here.python("""
                CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000") # cap_net_raw, version 2
                def append(host):
                    with open(host + "/f", "ab") as f:
                        f.write(b"y")
                for host, other in ((A, B), (B, A)):
                    changes = (
                        lambda: append(host),
                        lambda: ordinary(append, host),
                        lambda: os.truncate(host + "/f", 0),
                        lambda: put(host + "/f", b"new"),
                        lambda: os.chown(host + "/f", 0, 1000))
                    for change in changes:
                        put(other + "/f", b"program")
                        os.chown(other + "/f", 0, 0)
                        os.chmod(other + "/f", 0o777)
                        os.setxattr(other + "/f", "user.a", b"stays")
                        os.setxattr(other + "/f", "security.capability", CAPABILITY)
                        same(CAPABILITY, os.getxattr(host + "/f", "security.capability"))
                        get(host + "/f")
                        assert "security.capability" in os.listxattr(other + "/f")
                        change()
                        for name in (host, other):
                            same(["user.a"], os.listxattr(name + "/f"))
                """);
    }

    @Test
    void keepsNoMoreAttributesThanCanBeListed(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"")
                names = ["user.%03d%s" % (i, "x" * 240) for i in range(300)]
                def fill():
                    for name in names:
                        os.setxattr(B + "/f", name, b"")
                refused(errno.ENOSPC, fill)
                listed = os.listxattr(A + "/f")
                assert 250 < len(listed) < 300, len(listed)
                os.setxattr(A + "/f", listed[0], b"another value")
                refused(errno.ERANGE, os.setxattr, B + "/f", "user." + "x" * 251, b"")
                refused(errno.E2BIG, os.setxattr, B + "/f", listed[0], b"x" * 65_537)
                """);
    }

    @Test
    void clearsSetIdWhenAnOrdinaryUserChangesTheGroup(Place here) throws Exception {
        here.shell("""
                touch $A/f
                chown 1000:1000 $A/f
                chmod 6755 $A/f
                member 1005 chgrp 1005 $A/f
                same "755 1005" "$(stat -c '%a %g' $B/f)"
                """);
    }

    @Test
    void keepsTimesToTheNanosecond(Place here) throws Exception {
        here.shell("""
                touch -m -d "2001-02-03 04:05:06.123456789" $A/f
                same "2001-02-03 04:05:06.123456789 +0000" "$(stat -c %y $B/f)"
                touch -d "1950-06-07 08:09:10.000000001" $B/f
                same "1950-06-07 08:09:10.000000001 +0000" "$(stat -c %y $A/f)"
                same "1950-06-07 08:09:10.000000001 +0000" "$(stat -c %x $A/f)"
                echo x >>$B/f
                [ "$(stat -c %Y $A/f)" -gt 1700000000 ]
                """);
    }

    @Test
    void setsTimesToThePresent(Place here) throws Exception {
        here.python("""
                for host, other in ((A, B), (B, A)):
                    put(host + "/f", b"")
                    os.utime(host + "/f", (1_000, 2_000))
                    os.utime(host + "/f")
                    now = os.stat(other + "/f")
                    assert now.st_atime > 1_000_000_000 and now.st_mtime > 1_000_000_000, now
                """);
    }

    @Test
    void letsWhoMayWriteSetTimesToThePresentAndNobodyElse(Place here) throws Exception {
        here.shell("""
                for host in $A $B; do
                    touch -d "2001-02-03" $A/f
                    chmod 644 $A/f
                    refused "Permission denied" user touch -c $host/f
                    same 981158400 "$(stat -c %Y $B/f)"
                    chmod 666 $A/f
                    refused "not permitted" user touch -c -d "2001-02-04" $host/f
                    user touch -c $host/f
                    [ "$(stat -c %X $A/f)" -gt 1700000000 ]
                    [ "$(stat -c %Y $B/f)" -gt 1700000000 ]
                done
                """);
    }

    @Test
    void replacesADirectoryThatOnlyOthersMayWrite(Place here) throws Exception {
        here.shell("""
                mkdir $A/from $A/to
                chown 1000:1000 $A/from $A/to
                for host in $A $B; do
                    user mkdir $host/from/d
                    mkdir -m 755 $A/to/d
                    user mv -T $host/from/d $host/to/d
                    same 1000 "$(stat -c %u $B/to/d)"
                    chmod 555 $A/to/d
                    refused "Permission denied" user mv -T $host/to/d $host/from/d
                    rmdir $B/to/d
                done
                """);
    }

    @Test
    void deniesByModeAndGroups(Place here) throws Exception {
        here.shell("""
                echo secret >$A/f
                chmod 600 $A/f
                refused "Permission denied" user cat $B/f
                chmod 640 $A/f
                chgrp 2000 $A/f
                refused "Permission denied" user cat $B/f
                same secret "$(member 5,2000 cat $B/f)"
                refused "Permission denied" member 5,2000 tee $B/f
                user test -w $B
                chmod 711 $A
                refused "Permission denied" user ls $B
                refused "Permission denied" user touch $B/new
                refused "Permission denied" user rm -f $B/f
                chmod 700 $A
                refused "Permission denied" member 2000 cat $B/f
                """);
    }

    @Test
    void keepsOthersOutOfAStickyDirectory(Place here) throws Exception {
        here.shell("""
                chmod 1777 $A
                touch $A/owned
                refused "not permitted" user rm -f $B/owned
                refused "not permitted" user mv $B/owned $B/taken
                user touch $B/mine
                user rm $A/mine
                """);
    }

    @Test
    void inheritsTheGroupOfASetGidDirectory(Place here) throws Exception {
        here.shell("""
                chgrp 3000 $A
                chmod 2777 $A
                user sh -c "umask 022; touch $B/f; mkdir $B/d"
                same "3000 644" "$(stat -c '%g %a' $A/f)"
                same "3000 2755" "$(stat -c '%g %a' $A/d)"
                """);
    }

    @Test
    void keepsExtendedAttributes(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"")
                os.setxattr(A + "/f", "user.small", b"\\0value\\xff")
                os.setxattr(B + "/f", "user.large", b"x" * 60_000)
                same(["user.large", "user.small"], sorted(os.listxattr(B + "/f")))
                same(b"\\0value\\xff", os.getxattr(B + "/f", "user.small"))
                same(b"x" * 60_000, os.getxattr(A + "/f", "user.large"))
                refused(errno.EEXIST, os.setxattr, A + "/f", "user.small", b"", os.XATTR_CREATE)
                refused(errno.ENODATA, os.setxattr, A + "/f", "user.none", b"", os.XATTR_REPLACE)
                os.removexattr(B + "/f", "user.small")
                refused(errno.ENODATA, os.getxattr, A + "/f", "user.small")
                """);
    }

    @Test
    void keepsExtendedAttributesFromThoseWhomTheyDoNotConcern(Place here) throws Exception {
        here.python("""
                def lists(expected, path):
                    if sorted(os.listxattr(path)) != expected:
                        raise OSError(errno.EDOM, "other names")

                put(A + "/f", b"")
                os.chmod(A + "/f", 0o666)
                os.setxattr(A + "/f", "trusted.t", b"")
                ordinary(os.setxattr, B + "/f", "user.u", b"")
                for host in (A, B):
                    lists(["trusted.t", "user.u"], host + "/f")
                    ordinary(lists, ["user.u"], host + "/f")
                    refused(errno.EPERM, ordinary, os.setxattr, host + "/f", "trusted.t", b"")
                    refused(errno.EINVAL, os.setxattr, host + "/f", "user.", b"")
                os.mkdir(A + "/shared")
                os.chmod(A + "/shared", 0o1777)
                for host in (A, B):
                    refused(errno.EPERM, ordinary, os.setxattr, host + "/shared", "user.u", b"")
                    os.setxattr(host + "/shared", "user.u", b"")
                """);
    }

    /** Data that is still on its way is older than what was done to the file since. */
    @Test
    void countsEveryChangeAndNoneBackwards(Place here) throws Exception {
        here.python("""
                import time
                for host, other in ((A, B), (B, A)):
                    put(host + "/f", b"delayed")
                    def pwrite():
                        with open(host + "/f", "r+b") as f:
                            f.write(b"again")
                    changes = (
                        lambda: os.link(host + "/f", host + "/g"),
                        lambda: os.unlink(host + "/g"),
                        lambda: os.setxattr(host + "/f", "user.a", b""),
                        lambda: os.chmod(host + "/f", 0o600),
                        pwrite,
                        lambda: os.chown(host + "/f", 1000, 1000),
                        lambda: os.utime(host + "/f", (1, 1)))
                    for number, change in enumerate(changes):
                        before = os.stat(host + "/f").st_ctime_ns
                        time.sleep(0.02) # a tick of the clock
                        change()
                        after = os.stat(host + "/f").st_ctime_ns
                        assert after > before, (number, before, after)
                        assert os.stat(other + "/f").st_ctime_ns >= after, (number, after)
                        get(other + "/f") # brings the data home
                        assert os.stat(host + "/f").st_ctime_ns >= after, (number, after)
                    os.unlink(host + "/f")
                """);
    }
}
