package sprite.consistency.sim;

/**
 * How the programs of one world behave: calm ones mostly cache, busy ones mostly share. Immutable.
 *
 * @param blocks of a file that are used
 * @param pauseMost between two calls
 * @param handlesMost open at a time in one program
 * @param closePercent how often a call is a close
 * @param readPercent how many opens are for reading only
 */
record Habits(int blocks, int pauseMost, int handlesMost, int closePercent, int readPercent) {
    static Habits any(Agenda agenda) {
        return new Habits(
                1 + agenda.random(ServerFile.BLOCKS),
                10 << agenda.random(6),
                1 + agenda.random(2),
                10 + agenda.random(30),
                20 + agenda.random(60));
    }
}
