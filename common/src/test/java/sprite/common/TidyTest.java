package sprite.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The house is tidy: rules on the text of everything in the repository that no compiler checks. */
class TidyTest {
    private static final int COLUMNS_MAX = 120;
    private static final int LINES_MAX = 400;

    /** Written in pieces, so that this file keeps its own rules. */
    private static final Pattern LEFT_FOR_LATER = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b");

    /** Directories of people and of build machines, which other machines do not have. */
    private static final Pattern ELSEWHERE = Pattern.compile("(?<![\\w.*$}/])/(wo" + "rk|ho" + "me)/\\w");

    private static Path root = Path.of("").toAbsolutePath();
    private static List<Path> files = List.of();

    private final List<String> findings = new ArrayList<>();

    @BeforeAll
    static void listTheRepository() throws IOException, InterruptedException {
        while (!Files.exists(root.resolve(".git"))) {
            root = Objects.requireNonNull(root.getParent(), "no repository above");
        }
        Process git = new ProcessBuilder(
                        "git", "-c", "safe.directory=*", "ls-files", "-z", "-c", "-o", "--exclude-standard")
                .directory(root.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String names = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, git.waitFor());
        files = List.of(names.split("\0")).stream()
                .map(root::resolve)
                .filter(Files::isRegularFile) // removed ones are listed until that is committed
                .toList();
        assertTrue(files.size() > 50, "only " + files.size() + " files under " + root);
    }

    @Test
    void everyTextEndsWithANewLine() throws IOException {
        for (Path file : texts()) {
            String text = Files.readString(file);
            check(
                    text.isEmpty() || (text.endsWith("\n") && !text.endsWith("\n\n")),
                    file,
                    "does not end with one newline");
        }
        assertTidy();
    }

    @Test
    void noLineEndsWithBlanksOrHoldsATab() throws IOException {
        eachLine(texts(), (where, line) -> {
            if (line.indexOf('\t') >= 0
                    || (!line.isEmpty() && line.stripTrailing().length() != line.length())) {
                findings.add(where + ": a tab, or blanks at the end");
            }
        });
        assertTidy();
    }

    @Test
    void noLineOfJavaIsTooLong() throws IOException {
        eachLine(java("src/"), (where, line) -> {
            if (line.codePointCount(0, line.length()) > COLUMNS_MAX) {
                findings.add(where + ": longer than " + COLUMNS_MAX + " columns");
            }
        });
        assertTidy();
    }

    @Test
    void nothingIsLeftForLater() throws IOException {
        eachLine(texts(), (where, line) -> {
            if (LEFT_FOR_LATER.matcher(line).find()) {
                findings.add(where + ": do it, or leave it");
            }
        });
        assertTidy();
    }

    @Test
    void nothingNamesADirectoryOfOneMachine() throws IOException {
        eachLine(texts(), (where, line) -> {
            if (ELSEWHERE.matcher(line).find()) {
                findings.add(where + ": " + line.strip());
            }
        });
        assertTidy();
    }

    @Test
    void noTypeIsTooLongToRead() throws IOException {
        for (Path file : java("src/main/")) {
            int lines = Files.readAllLines(file).size();
            check(lines <= LINES_MAX, file, "has " + lines + " lines");
        }
        assertTidy();
    }

    @Test
    void everyPackageSaysWhatItIsAndKnowsNoNull() throws IOException {
        TreeSet<Path> packages = new TreeSet<>();
        java("src/main/").forEach(file -> packages.add(file.resolveSibling("package-info.java")));
        for (Path info : packages) {
            String text = Files.exists(info) ? Files.readString(info) : "";
            check(text.contains("\n@NullMarked\n") && text.startsWith("/**"), info, "no doc, or not @NullMarked");
        }
        assertTidy();
    }

    private static List<Path> java(String part) {
        return files.stream()
                .filter(file ->
                        file.toString().endsWith(".java") && file.toString().contains("/" + part))
                .toList();
    }

    /** Files without NUL bytes. */
    private static List<Path> texts() throws IOException {
        List<Path> texts = new ArrayList<>();
        for (Path file : files) {
            if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).indexOf('\0') < 0) {
                texts.add(file);
            }
        }
        return texts;
    }

    private interface LineRule {
        void check(String where, String line);
    }

    private static void eachLine(List<Path> files, LineRule rule) throws IOException {
        for (Path file : files) {
            int number = 0;
            for (String line : Files.readString(file).split("\n", -1)) {
                rule.check(root.relativize(file) + ":" + ++number, line);
            }
        }
    }

    private void check(boolean holds, Path file, String finding) {
        if (!holds) {
            findings.add(root.relativize(file) + " " + finding);
        }
    }

    private void assertTidy() {
        assertTrue(findings.isEmpty(), () -> String.join("\n", findings));
    }
}
