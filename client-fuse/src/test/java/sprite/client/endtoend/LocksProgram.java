package sprite.client.endtoend;

/** A Python program whose locks must stay, twice, when another daemon goes on. No state. */
final class LocksProgram {
    /** {@code hand_over()} is to have that done. */
    static final String TEXT = """
        def opened(path):
            return open(path, "a+b", buffering=0)

        f, p, w = opened(A + "/f"), opened(A + "/p"), opened(A + "/w")
        fcntl.flock(f, fcntl.LOCK_EX)
        fcntl.lockf(p, fcntl.LOCK_EX, 10, 5)
        holder = opened(B + "/w")
        fcntl.flock(holder, fcntl.LOCK_EX)
        waiter = subprocess.Popen(["flock", A + "/w", "true"])
        while "SETLK" not in (said := subprocess.run(["cat", "/proc/%d/wchan" % waiter.pid],
                capture_output=True, text=True).stdout) and "fuse" not in said and "request" not in said:
            time.sleep(0.01)

        for turn in range(2):
            hand_over()
            refused(errno.EAGAIN, fcntl.flock, opened(B + "/f"), fcntl.LOCK_EX | fcntl.LOCK_NB)
            refused(errno.EAGAIN, fcntl.lockf, opened(B + "/p"), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 14)
            fcntl.lockf(opened(B + "/p"), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 15)
            f.write(b"x")
            same(None, waiter.poll())

        fcntl.flock(holder, fcntl.LOCK_UN)
        same(0, waiter.wait())
        fcntl.flock(f, fcntl.LOCK_UN)
        fcntl.flock(opened(B + "/f"), fcntl.LOCK_EX | fcntl.LOCK_NB)
        p.close()
        fcntl.lockf(opened(B + "/p"), fcntl.LOCK_EX | fcntl.LOCK_NB)
        """;

    private LocksProgram() {}
}
