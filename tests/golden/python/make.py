# Writes what Python 3.11 answers to the lines of NAME.in: python3 make.py NAME > NAME.txt
import code, contextlib, io, re, sys

class Interactive(code.InteractiveInterpreter):
    def showtraceback(self):  # as the interpreter's own prompt does, which names the nearest word
        kind, value, trace = sys.exc_info()
        sys.__excepthook__(kind, value.with_traceback(trace.tb_next), trace.tb_next)


interactive = Interactive({"__name__": "__main__"})
buffer = []
for line in open(sys.argv[1] + ".in", encoding="utf-8").read().split("\n"):
    if not line and not buffer:
        continue
    print((">>> " if not buffer else "... ") + line)
    buffer.append(line)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        more = interactive.runsource("\n".join(buffer), "<stdin>", "single")
    print(re.sub("0x[0-9a-f]{8,}", "0x7f0000000000", re.sub("/[^ ')]*/lib/python3.11/", "/usr/lib/python3.11/", output.getvalue())), end="")
    if not more:
        buffer = []
