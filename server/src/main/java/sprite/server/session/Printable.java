package sprite.server.session;

/** What clients write, made fit for a line that people read. Pure functions. */
public final class Printable {
    static final int NAME_MAX = 60;

    private Printable() {}

    /** What a client calls itself, in {@value #NAME_MAX} characters and a few. */
    public static String name(String said) {
        return text(said, NAME_MAX);
    }

    /** The beginning of a text, without what would end the line, hide or turn round the rest of it. */
    static String text(String said, int charactersMax) {
        String text = said.length() <= charactersMax ? said : said.substring(0, charactersMax) + "...";
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?"); // Cs: of a pair that was cut
    }
}
