using System.Text;

namespace Finwait.Lab.Tests;

/// <summary>The programs behind a pipe against what the real ones printed.</summary>
public sealed class TextToolTests
{
    [Fact]
    public void Pipes_OfTheRealPrograms_PrintTheSameBytes()
    {
        ToolSection[] sections = [.. ToolGolden.Sections("text-tools.txt")];
        Assert.True(sections.Length > 105, $"{sections.Length} commands");
        string sample = sections[0].Output;
        foreach (ToolSection section in sections[1..])
        {
            // A line break inside quotes is kept as a backslash and a line break; such a program's lines follow its first.
            (string command, string expected) = section.Command.EndsWith('\\') ? Continued(section) : (section.Command, section.Output);
            ToolResult result = Pipe(command, sample);
            Assert.Equal(command + "\n" + expected, command + "\n" + result.Output + (result.Status == 0 ? "" : $"? {result.Status}\n"));
            Assert.Equal("", result.Error);
        }
    }

    // The monitor script of the tutorial on freezing states, on the tables of the run it describes.
    [Fact]
    public void StatePerAddress_OfGoldenTables_IsWhatAwkAndGrepPrinted()
    {
        int count = 0;
        foreach (IGrouping<string, ToolSection> file in ToolGolden.Sections("*.txt").GroupBy(section => section.File))
        {
            string? table = null;
            foreach (ToolSection section in file)
            {
                table = section.Command == "ss -ta" ? section.Output : table;
            }

            if (table is not null && file.FirstOrDefault(section => section.Command.StartsWith("ss -ta | awk", StringComparison.Ordinal)) is { } piped)
            {
                count++;
                Assert.Equal(piped.Where + piped.Output, piped.Where + Pipe(piped.Command["ss -ta | ".Length..], table).Output);
            }
        }

        Assert.Equal(10, count);
    }

    [Theory]
    [InlineData("awk", "usage: awk [-F SEPARATOR] [-v NAME=VALUE] 'PROGRAM' [FILE]...")]
    [InlineData("awk '{print'", "awk: syntax error at character 7: '}' is expected, not the end of the program")]
    [InlineData("awk '{print $1'", "awk: syntax error at character 10: '}' is expected, not the end of the program")]
    [InlineData("awk '{while (1) print}'", "awk: 'while' is not supported: patterns, print, printf, if, for-in, variables, arrays and fields are")]
    [InlineData("awk '{print > $1}'", "awk: output to files and programs is not supported: patterns, print, printf, if, for-in, variables, arrays and fields are")]
    [InlineData("awk '{gsub(/a/, $1)}'", "awk: 'gsub' is not supported: patterns, print, printf, if, for-in, variables, arrays and fields are")]
    [InlineData("awk '/a(/'", "awk: regular expression /a(/: Unmatched ( or \\(")]
    [InlineData("awk '{print $-1}'", "awk: field $-1 is out of range (0-100000)")]
    [InlineData("awk '{print 1/0}'", "awk: division by zero")]
    [InlineData("awk -Q", "awk: option '-Q' is not supported; -F and -v are")]
    [InlineData("awk '{print}' nofile", "awk: nofile: No such file or directory")]
    [InlineData("grep", "usage: grep [-cEFimnoqvwx] [-e] PATTERN [FILE]...")]
    [InlineData("grep '\\(a'", "grep: Unmatched ( or \\(")]
    [InlineData("grep '[a'", "grep: Unmatched [, [^, [:, [., or [=")]
    [InlineData("grep '\\(a\\)\\1'", "grep: back-references are not supported")]
    [InlineData("grep -Z a", "grep: invalid option -- 'Z'")]
    [InlineData("grep a nofile", "grep: nofile: No such file or directory")]
    [InlineData("head -n x", "head: invalid number of lines: 'x'")]
    [InlineData("tail -f", "tail: invalid option -- 'f'")]
    [InlineData("sort -V", "sort: option '-V' is not supported")]
    [InlineData("sort -k0", "sort: invalid key '0', a field number from 1 is expected")]
    [InlineData("cut", "cut: you must specify a list of fields (-f) or characters (-c)")]
    [InlineData("cut -f0", "cut: invalid list '0', numbers from 1 and ranges are expected")]
    [InlineData("tr a", "tr: missing operand")]
    [InlineData("sed", "usage: sed [-nE] [-e SCRIPT]... [SCRIPT] [FILE]...")]
    [InlineData("sed -Z p", "sed: invalid option -- 'Z'")]
    [InlineData("sed s/a", "sed: -e expression #1, char 3: unterminated `s' command")]
    [InlineData("sed s", "sed: -e expression #1, char 1: unterminated `s' command")]
    [InlineData("sed s/[a/b/", "sed: -e expression #1, char 7: unterminated `s' command")]
    [InlineData("sed s/a/b/x", "sed: -e expression #1, char 7: unknown option to `s'")]
    [InlineData("sed k", "sed: -e expression #1, char 1: unknown command: `k'")]
    [InlineData("sed ,2p", "sed: -e expression #1, char 1: unknown command: `,'")]
    [InlineData("sed 2,p", "sed: -e expression #1, char 3: unexpected `,'")]
    [InlineData("sed 0p", "sed: -e expression #1, char 2: invalid usage of line address 0")]
    [InlineData("sed 'p q'", "sed: -e expression #1, char 3: extra characters after command")]
    [InlineData("sed -e p -e 'p q'", "sed: -e expression #2, char 3: extra characters after command")]
    [InlineData("sed 's/a/\\1/'", "sed: -e expression #1, char 7: invalid reference \\1 on `s' command's RHS")]
    [InlineData("sed 's/\\(a/b/'", "sed: -e expression #1, char 8: Unmatched ( or \\(")]
    [InlineData("sed s/a/b/0", "sed: -e expression #1, char 7: number option to `s' command may not be zero")]
    [InlineData("sed /a", "sed: -e expression #1, char 2: unterminated address regex")]
    [InlineData("sed 2", "sed: -e expression #1, char 1: missing command")]
    [InlineData("sed s//x/", "sed: -e expression #1, char 0: no previous regular expression")]
    [InlineData("sed '1{p}'", "sed: -e expression #1, char 2: `{' is not supported: s, p, d, q and = are")]
    [InlineData("sed 's/a/\\U&/'", "sed: -e expression #1, char 8: `\\U' is not supported in a replacement")]
    [InlineData("sed p nofile", "sed: can't read nofile: No such file or directory")]
    [InlineData("cat nofile", "cat: nofile: No such file or directory")]
    public void Error_IsOneLine(string command, string expected)
    {
        ToolResult result = Pipe(command, "a b\n");
        Assert.Equal(expected + "\n", result.Error);
        Assert.NotEqual(0, result.Status);
    }

    [Fact]
    public void Echo_WithoutNewline_PrintsNone() => Assert.Equal("no newline", Pipe("echo -n no newline", "").Output);

    [Fact]
    public void Files_AreReadByName()
    {
        ToolResult result = TextTools.Run("grep", ["-c", "x", "one", "two"], "", name => name == "one" ? "x\ny\n" : name == "two" ? "x\n" : null);
        Assert.Equal("2\n", result.Output);
        Assert.Equal("a\nx\n", TextTools.Run("cat", ["-", "one"], "a\n", _ => "x\n").Output);
        Assert.Equal(" 3  6 12 one\n", TextTools.Run("wc", ["one"], "", _ => "a b\nc d\ne f\n").Output);
    }

    // As GNU's: the last line lacks its newline behind the last copy only, q gives its status, and a file that is missing does not keep the others away.
    [Fact]
    public void Sed_EndsOfTextAndStatus_AreThoseOfTheRealOne()
    {
        Assert.Equal("a b\na b", TextTools.Run("sed", ["p"], "a b").Output);
        Assert.Equal(new ToolResult(5, "a\n", ""), TextTools.Run("sed", ["q5"], "a\nb\n"));
        Assert.Equal(new ToolResult(2, "a\nx\n", "sed: can't read nofile: No such file or directory\n"), TextTools.Run("sed", ["-e", "s/b/x/", "nofile", "-", "one"], "a\n", name => name == "one" ? "b\n" : null));
        Assert.Equal(new ToolResult(0, "", ""), TextTools.Run("sed", ["p"], ""));
    }

    [Fact]
    public void Sed_ThatGrowsWithoutBound_Stops()
    {
        string doubled = string.Concat(Enumerable.Repeat("s/.*/&&/;", 40));
        Assert.Equal(new ToolResult(1, "", "sed: a line grew too long\n"), TextTools.Run("sed", [doubled], "x\n"));
        string printed = string.Concat(Enumerable.Repeat("p;", 900));
        Assert.Equal(new ToolResult(1, "", "sed: the output grew too long\n"), TextTools.Run("sed", [printed], string.Concat(Enumerable.Repeat(new string('x', 99) + "\n", 1000))));
        Assert.Equal("sed: -e expression #1, char 2001: more than 1000 commands\n", TextTools.Run("sed", [string.Concat(Enumerable.Repeat("p;", 1100))], "x\n").Error);
    }

    [Fact]
    public void Awk_ThatGrowsWithoutBound_Stops()
    {
        string many = string.Concat(Enumerable.Repeat("x\n", 100));
        ToolResult result = TextTools.Run("awk", ["BEGIN {s = \"ab\"} {s = s s} END {print s}"], many);
        Assert.Equal("awk: a string grew too long\n", result.Error);
        Assert.Equal(2, result.Status);
        Assert.NotEqual(0, TextTools.Run("awk", ["BEGIN {print " + new string('(', 1000) + "}"], "").Status);
        Assert.NotEqual(0, TextTools.Run("awk", ["BEGIN {print " + string.Concat(Enumerable.Repeat("1+", 100_000)) + "1}"], "").Status);
        Assert.Equal("1990\n", TextTools.Run("awk", ["BEGIN {print " + string.Concat(Enumerable.Repeat("1+", 1989)) + "1}"], "").Output);
    }

    [Fact]
    public void MutatedPrograms_NeverThrow()
    {
        ToolSection[] sections = [.. ToolGolden.Sections("text-tools.txt")];
        string sample = sections[0].Output;
        string[] commands = [.. sections[1..].Select(section => section.Command).Where(command => !command.EndsWith('\\'))];
        const string Characters = "{}()[]$\"'/\\|<>=!~^*+-.,;:#%&aB1 \n\t?x";
        Random random = new(31415);
        for (int round = 0; round < 5_000; round++)
        {
            StringBuilder line = new(commands[random.Next(commands.Length)]);
            for (int change = random.Next(1, 4); change > 0 && line.Length > 6; change--)
            {
                int at = random.Next(5, line.Length);
                char c = Characters[random.Next(Characters.Length)];
                switch (random.Next(3))
                {
                    case 0: line.Remove(at, 1); break;
                    case 1: line.Insert(at, c); break;
                    default: line[at] = c; break;
                }
            }

            Pipe(line.ToString(), sample);
        }
    }

    private static (string Command, string Output) Continued(ToolSection section)
    {
        string all = section.Command + "\n" + section.Output;
        int end = all.IndexOf("'\n", StringComparison.Ordinal) + 1;
        return (all[..end].Replace("\\\n", "\n", StringComparison.Ordinal), all[(end + 1)..]);
    }

    // Programs that are none are left out, as a mutated line may name any.
    private static ToolResult Pipe(string command, string input)
    {
        ToolResult result = ToolResult.Done(input);
        foreach (List<string> words in Cut(command))
        {
            if (words.Count > 0 && TextTools.IsProgram(words[0]))
            {
                result = TextTools.Run(words[0], words.GetRange(1, words.Count - 1), result.Output);
            }
        }

        return result;
    }

    // As a shell cuts a line: blanks, both quotes, backslashes, pipes.
    private static List<List<string>> Cut(string line)
    {
        List<List<string>> commands = [[]];
        StringBuilder? word = null;
        char quote = '\0';
        void End()
        {
            if (word is not null)
            {
                commands[^1].Add(word.ToString());
                word = null;
            }
        }

        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
                word!.Append(quote == '\0' ? "" : c.ToString());
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                word ??= new();
            }
            else if (c == '|')
            {
                End();
                commands.Add([]);
            }
            else if (c is ' ' or '\t' or '\n')
            {
                End();
            }
            else
            {
                (word ??= new()).Append(c == '\\' && i + 1 < line.Length ? line[++i] : c);
            }
        }

        End();
        return commands;
    }

    // The rows are those of GNU coreutils 9.1 for the same files.
    [Theory]
    [InlineData("x y", " 2  3  6 x\n 1  1  6 y\n 3  4 12 total\n")]
    [InlineData("-c x y", " 6 x\n 6 y\n12 total\n")]
    [InlineData("-c x", "6 x\n")]
    [InlineData("-l x nosuch y", " 2 x\n 1 y\n 3 total\n")]
    [InlineData("-c x nosuch", "6 x\n6 total\n")]
    [InlineData("- y", "      2       3       6 -\n      1       1       6 y\n      3       4      12 total\n")]
    [InlineData("-lc", "      2       6\n")]
    [InlineData("-c", "6\n")]
    [InlineData("e y", "0 0 0 e\n1 1 6 y\n1 1 6 total\n")]
    public void WordCount_OfFiles_PrintsARowForEachAndTheTotal(string words, string expected)
    {
        ToolResult result = TextTools.Run("wc", words.Split(' '), "a b\nc\n", name => name switch { "x" => "a b\nc\n", "y" => "hello\n", "e" => "", _ => null });

        bool isMissing = words.Contains("nosuch", StringComparison.Ordinal);
        Assert.Equal((isMissing ? 1 : 0, expected, isMissing ? "wc: nosuch: No such file or directory\n" : ""), (result.Status, result.Output, result.Error));
    }
}
