"""make_inputs.py TREE C_PROJECT   inputs for tools.sh: a tree of about 2,200 source files and a small C project."""
import glob
import os
import sys
import zipfile

tree, project = sys.argv[1:]
FILES = 2200


def tree_from_jdk():
    """Part of java.base, from the sources that most JDKs bring; False if none is here."""
    homes = [os.environ.get("JAVA_HOME", "/nonexistent")] + sorted(glob.glob("/usr/lib/jvm/*"))
    archives = [a for a in (home + "/lib/src.zip" for home in homes) if os.path.exists(a)]
    if not archives:
        return False
    with zipfile.ZipFile(archives[0]) as archive:
        names = [n for n in archive.namelist() if n.startswith("java.base/java")][:FILES]
        for name in names:
            path = os.path.join(tree, name.removeprefix("java.base/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                out.write(archive.read(name))
    return len(names) == FILES


def generated_tree():
    for i in range(FILES):
        directory = f"{tree}/made/d{i % 40:02}/e{i % 7}"
        os.makedirs(directory, exist_ok=True)
        with open(f"{directory}/f{i:04}", "w") as out:
            out.write(f"line of file {i}, return {i * i}\n" * (i % 500))


def c_project(files=24):
    os.makedirs(project)
    with open(project + "/common.h", "w") as out:
        out.write("#include <stdint.h>\n#include <stdio.h>\n")
        for i in range(files):
            out.write(f"uint32_t entry_{i:02}(uint32_t x);\n")
    for i in range(files):
        with open(f"{project}/f{i:02}.c", "w") as out:
            out.write('#include "common.h"\n')
            out.write(f"uint32_t entry_{i:02}(uint32_t x)\n{{\n\tuint32_t i, s = x;\n")
            out.write(f"\tfor (i = 0; i < {100 + i}; i++) s = s * 1103515245u + {12345 + i}u;\n\treturn s;\n}}\n")
    with open(project + "/main.c", "w") as out:
        out.write('#include "common.h"\nint main(void)\n{\n\tuint32_t s = 1;\n')
        for i in range(files):
            out.write(f"\ts = 2 * s + entry_{i:02}(s);\n")
        out.write('\tprintf("%u\\n", s);\n\treturn 0;\n}\n')
    objects = " ".join(f"f{i:02}.o" for i in range(files)) + " main.o"
    with open(project + "/Makefile", "w") as out:
        out.write(f"prog: {objects}\n\tgcc -o $@ {objects}\n%.o: %.c common.h\n\tgcc -O1 -c -o $@ $<\n")


if not tree_from_jdk():
    generated_tree()
c_project()
