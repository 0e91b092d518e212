using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary><c>gcc</c>: makes a program that the host can run from a C file of the host.</summary>
internal static class CCompiler
{
    /// <summary>What the file of a program begins with.</summary>
    private const string Mark = "\u007fELF, the lab's own\n";

    private static readonly string[] s_ignored = ["-Wall", "-Wextra", "-pedantic", "-g", "-O", "-O0", "-O1", "-O2", "-O3", "-Os", "-lsocket", "-lnsl", "-lpthread", "-pthread", "-static"];

    /// <summary>Carries out a command line.</summary>
    public static ToolResult Run(string name, IReadOnlyList<string> arguments, LabFiles files)
    {
        string output = "a.out";
        string? input = null;
        for (int i = 0; i < arguments.Count; i++)
        {
            string word = arguments[i];
            if (word == "--version")
            {
                return ToolResult.Done($"{name} (the lab's own, of a small C) 12.2.0\n");
            }

            if (word.StartsWith("-o", StringComparison.Ordinal))
            {
                if (word.Length == 2 && i + 1 == arguments.Count)
                {
                    return ToolResult.Failed(1, $"{name}: error: missing filename after ‘-o’\n{name}: fatal error: no input files\ncompilation terminated.");
                }

                output = word.Length > 2 ? word[2..] : arguments[++i];
            }
            else if (word.StartsWith('-') && word.Length > 1)
            {
                if (!s_ignored.Contains(word) && !word.StartsWith("-std=", StringComparison.Ordinal) && !word.StartsWith("-W", StringComparison.Ordinal))
                {
                    return ToolResult.Failed(1, $"{name}: error: unrecognized command-line option ‘{word}’");
                }
            }
            else
            {
                if (input is not null)
                {
                    return ToolResult.Failed(1, $"{name}: the lab's compiler takes one file: {input} and {word} are two");
                }

                input = word;
            }
        }

        return input is null ? ToolResult.Failed(1, $"{name}: fatal error: no input files\ncompilation terminated.") : Compile(name, input, output, files);
    }

    private static ToolResult Compile(string name, string input, string output, LabFiles files)
    {
        if (!files.TryRead(input, out byte[] content))
        {
            return ToolResult.Failed(1, input.EndsWith(".c", StringComparison.Ordinal) ? $"cc1: fatal error: {input}: No such file or directory\ncompilation terminated."
                : $"/usr/bin/ld: cannot find {input}: No such file or directory\ncollect2: error: ld returned 1 exit status");
        }

        if (!input.EndsWith(".c", StringComparison.Ordinal))
        {
            return ToolResult.Failed(1, $"/usr/bin/ld:{input}: file format not recognized; treating as linker script\n/usr/bin/ld:{input}:1: syntax error\ncollect2: error: ld returned 1 exit status");
        }

        string text = Encoding.UTF8.GetString(content);
        CTranslator program = CTranslator.Read(text, out CError? error);
        if (error is not null)
        {
            return ToolResult.Failed(1, Complaint(input, text, program.Function, error));
        }

        string missing = string.Concat(program.Undefined.Select(call => $"/usr/bin/ld: {input}: in function `{call.Within}':\n{input}: undefined reference to `{call.Name}'\n"))
            + (program.HasMain ? "" : "/usr/bin/ld: /lib/x86_64-linux-gnu/Scrt1.o: in function `_start':\n(.text+0x17): undefined reference to `main'\n");
        if (missing.Length > 0)
        {
            return ToolResult.Failed(1, missing + "collect2: error: ld returned 1 exit status");
        }

        return files.Write(output, Encoding.UTF8.GetBytes(Mark + program.Python)) ? ToolResult.Done("")
            : ToolResult.Failed(1, $"/usr/bin/ld: cannot open output file {output}: {files.WhyNot(output)}\ncollect2: error: ld returned 1 exit status");
    }

    /// <summary>An error as gcc prints it: where, what, the line, and a mark under the place.</summary>
    private static string Complaint(string file, string text, string function, CError error)
    {
        CToken at = error.At;
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        string line = at.Line <= lines.Length ? lines[at.Line - 1] : "";
        string blanks = new([.. line.Take(at.Column - 1).Select(c => c == '\t' ? '\t' : ' ')]);
        return string.Create(CultureInfo.InvariantCulture, $"{(function.Length > 0 ? $"{file}: In function ‘{function}’:\n" : "")}{file}:{at.Line}:{at.Column}: error: {error.Message}\n{at.Line,5} | {line}\n      | {blanks}^{new string('~', Math.Max(0, at.Length - 1))}")
            + (error.Message.EndsWith("(first use in this function)", StringComparison.Ordinal) ? $"\n{file}:{at.Line}:{at.Column}: note: each undeclared identifier is reported only once for each function it appears in" : "");
    }

    /// <summary>True for the path of a program that gcc made.</summary>
    public static bool IsExecutable(LabFiles files, string path, out string code)
    {
        code = "";
        if (!path.Contains('/', StringComparison.Ordinal) || !files.TryRead(path, out byte[] content) || !content.AsSpan().StartsWith("\u007fELF"u8))
        {
            return false;
        }

        string text = Encoding.UTF8.GetString(content);
        code = text.StartsWith(Mark, StringComparison.Ordinal) ? CLibrary.Source + text[Mark.Length..] : "";
        return code.Length > 0;
    }
}

/// <summary>A C program that runs.</summary>
internal sealed class CProgram(LabHost host, int pid, IReadOnlyList<string> words, string code, TextWriter output, TextWriter error)
    : PythonProgram(host, pid, words[0], code, output, error, words[0][(words[0].LastIndexOf('/') + 1)..])
{
    private const int SegmentationFault = 139;
    private const int Interrupted = 130;

    /// <summary>Its own lines are not those that run.</summary>
    public override string? CurrentLine => null;

    /// <inheritdoc/>
    protected override bool Report(PyException exception)
    {
        if (exception.Type.IsA(PyExceptionType.SystemExit))
        {
            return base.Report(exception);
        }

        if (!exception.Type.IsA(PyExceptionType.KeyboardInterrupt))
        {
            Error.Write(exception.Type.IsA(PyExceptionType.ZeroDivisionError) ? "Floating point exception\n" : "Segmentation fault\n");
        }

        return false;
    }

    /// <inheritdoc/>
    protected override int StatusOf(PyException exception) => exception.Type.IsA(PyExceptionType.KeyboardInterrupt) ? Interrupted : exception.Type.IsA(PyExceptionType.ZeroDivisionError) ? 136 : SegmentationFault;
}
