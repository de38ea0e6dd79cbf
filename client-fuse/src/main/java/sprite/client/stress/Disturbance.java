package sprite.client.stress;

import java.util.List;
import sprite.consistency.history.Crash;

/** Something that goes wrong while workers work, once in every window. */
interface Disturbance {
    /** Whether the window is over when it is; else there is more time, to see how things go on. */
    boolean endsWindow();

    /** Brings it about, and returns when it is over. */
    List<Crash> disturb(int window) throws StressException;
}
