package sprite.client.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says of a process, for people. Source: proc_pid_stat(5). No state. */
final class ProcessState {
    private ProcessState() {}

    /** Whether a signal (SIGSTOP) or a debugger has stopped it. */
    static boolean isStopped(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            return state == 'T' || state == 't';
        } catch (IOException e) {
            return false; // it has ended
        }
    }
}
