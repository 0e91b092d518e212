using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>The tools' options, flag by flag, against what the real ones printed in the same network of namespaces (tests/golden/tool-text/flags-*.txt): ordinary use, and lines that are wrong.</summary>
public sealed partial class ToolFlagTests
{
    // Times are the machine's own; help texts are each tool's own, and what stands before them is compared.
    [Theory]
    [InlineData("flags-ping.txt", 60)]
    [InlineData("flags-ip.txt", 150)]
    public void Session_TypedAgain_PrintsTheSameWords(string file, int least)
    {
        var session = new LabSession();
        ToolSection[] sections = [.. ToolGolden.Sections(file)];
        Assert.True(sections.Length >= least, $"{sections.Length} commands");
        foreach (ToolSection section in sections)
        {
            if (section.Command == "@fresh")
            {
                session = new LabSession();
            }
            else if (section.Command.StartsWith('@'))
            {
                session.Execute($"{section.Command[1..].Replace(" ", "$ ", StringComparison.Ordinal).Split('$')[0]}$ {section.Command[(section.Command.IndexOf(' ') + 1)..]}");
                session.TakeOutput();
            }
            else
            {
                Assert.Equal(section.Where + "\n" + Plain(section.Output), section.Where + "\n" + Plain(Typed(session, section.Command)));
            }
        }
    }

    /// <summary>What romeo's screen shows once the command has ended, and the status where it is not 0.</summary>
    private static string Typed(LabSession session, string command)
    {
        session.Execute("romeo$ " + command);
        if (LongRunning().IsMatch(command))
        {
            session.Execute("wait 15s");
        }

        string printed = string.Concat(session.TakeOutput().Where(line => line.Host == "romeo").Select(line => line.Text + "\n"));
        int status = session.Host("romeo")!.Shell.LastStatus;
        return status == 0 ? printed : $"{printed}? {status}\n";
    }

    private static string Plain(string text)
    {
        string plain = Times().Replace(text, "${what}T");
        Match usage = Usage().Match(plain);
        int status = plain.LastIndexOf("? ", StringComparison.Ordinal);
        plain = !usage.Success ? plain : plain[..usage.Index] + "\n" + (status > usage.Index ? plain[status..] : "");
        return plain.StartsWith('\n') ? plain.TrimStart('\n') : plain;
    }

    [GeneratedRegex(@"^(ping|nc|telnet|traceroute|tcpdump|timeout)\b")]
    private static partial Regex LongRunning();

    [GeneratedRegex(@"(?<what>time=|time |mdev = )[\d.][\d./]*( ?ms)?")]
    private static partial Regex Times();

    [GeneratedRegex(@"\n*^[Uu]sage", RegexOptions.Multiline)]
    private static partial Regex Usage();
}
