using System.Text;
using Finwait.Sim;

namespace Finwait.Lab.Tests;

/// <summary>Lines typed on romeo against what the real tools printed for them in the same network of namespaces (tests/golden/tool-text/lab-*.txt).</summary>
public sealed class RealToolTests
{
    [Theory]
    [InlineData("lab-arp.txt", 22)]
    [InlineData("lab-route.txt", 20)]
    [InlineData("lab-iptables.txt", 45)]
    public void Session_TypedAgain_PrintsTheSameBytes(string file, int least)
    {
        var session = new LabSession();
        ToolSection[] sections = [.. ToolGolden.Sections(file)];
        Assert.True(sections.Length >= least, $"{sections.Length} commands");
        foreach (ToolSection section in sections)
        {
            Assert.Equal(section.Where + "\n" + section.Output, section.Where + "\n" + Typed(session, section.Command));
        }
    }

    // bash 5.2 ran each line in a folder with server.py and client.py; where it says "line 1:" behind its name, a shell that is typed into does not.
    [Fact]
    public void Shell_EachLineInAFreshLab_PrintsWhatBashPrints()
    {
        ToolSection[] sections = [.. ToolGolden.Sections("bash-lines.txt")];
        Assert.True(sections.Length > 90, $"{sections.Length} lines");
        foreach (ToolSection section in sections)
        {
            var session = new LabSession();
            session.Execute("romeo$ " + section.Command);
            string printed = string.Concat(session.TakeOutput().Where(line => line.Host == "romeo").Select(line => line.Text + "\n"));
            Assert.Equal(section.Where + "\n" + section.Output, section.Where + "\n" + printed);
        }
    }

    // The words went through the real tc's reader and printer; the kernel between them was left out.
    [Fact]
    public void Netem_WordsOfTc_AreReadAndPrintedAsTheRealOneDoes()
    {
        ToolSection[] sections = [.. ToolGolden.Sections("netem-words.txt")];
        Assert.True(sections.Length > 70, $"{sections.Length} commands");
        foreach (ToolSection section in sections)
        {
            ToolResult? failure = NetemWords.Read(section.Command.Split(' ')[1..], null, out LinkSettings settings);
            var text = new StringBuilder();
            NetemText.Append(text, settings);
            string printed = failure is { } failed ? $"{failed.Error}? {failed.Status}\n" : text + "\n";
            Assert.Equal(section.Where + "\n" + section.Output, section.Where + "\n" + printed);
        }
    }

    /// <summary>What romeo's screen shows, and the status where it is not 0.</summary>
    private static string Typed(LabSession session, string command)
    {
        session.Execute("romeo$ " + command);
        string printed = string.Concat(session.TakeOutput().Where(line => line.Host == "romeo").Select(line => line.Text + "\n"));
        int status = session.Host("romeo")!.Shell.LastStatus;
        return status == 0 ? printed : $"{printed}? {status}\n";
    }
}
