namespace Finwait.Lab.Tests;

/// <summary>msl: how long TIME-WAIT lasts, which Linux has fixed and RFC 9293 §3.4.2 leaves to be chosen.</summary>
public sealed class SegmentLifetimeTests
{
    /// <summary>romeo has closed first, and is in TIME-WAIT.</summary>
    private static LabSession Closed(params string[] before)
    {
        var session = new LabSession();
        Lab.Play(session, [.. before, "juliet> import socket", "juliet> l = socket.create_server(('', 4000))", "romeo> import socket", "romeo> s = socket.create_connection(('juliet', 4000))", "juliet> c, a = l.accept()", "romeo> s.close()", "juliet> c.close()"]);
        return session;
    }

    [Theory]
    [InlineData("msl 5s", "10 s")]
    [InlineData("msl romeo 5s", "10 s")]
    [InlineData("msl 2min", "240 s")]
    [InlineData("msl juliet 5s", "60 s")]
    public void TimeWait_AfterMsl_LastsTwiceAsLongAndWhySaysSo(string line, string length)
    {
        LabSession session = Closed(line);
        string[] why = Lab.Printed(Lab.Play(session, "why romeo timer"), "lab");
        int seconds = int.Parse(length[..^2], System.Globalization.CultureInfo.InvariantCulture);

        Assert.Contains(why, text => text.StartsWith($"  TIME-WAIT: 2 MSL, {length} on {(seconds == 60 ? "Linux" : "this machine")} (RFC 9293 §3.6.1 has 4 minutes)", StringComparison.Ordinal));
        Assert.Single(Lab.Printed(Lab.Play(session, $"wait {seconds - 2}s", "romeo$ ss -Htan"), "romeo"));
        Assert.Empty(Lab.Printed(Lab.Play(session, "wait 3s", "romeo$ ss -Htan"), "romeo"));
    }

    [Fact]
    public void ConnectionInTimeWait_WhenMslChanges_KeepsItsTime()
    {
        LabSession session = Closed();

        Assert.Single(Lab.Printed(Lab.Play(session, "msl 1s", "wait 50s", "romeo$ ss -Htan"), "romeo"));
        Assert.Empty(Lab.Printed(Lab.Play(session, "wait 15s", "romeo$ ss -Htan"), "romeo"));
    }

    [Theory]
    [InlineData("msl")]
    [InlineData("msl 0s")]
    [InlineData("msl 2h")]
    [InlineData("msl soon")]
    [InlineData("msl hamlet 5s")]
    [InlineData("msl romeo 5s now")]
    public void Msl_ThatIsWrong_SaysWhatIsMeant(string line) => Assert.Contains("how long may a segment live? msl 30s", Lab.Play(line), StringComparison.Ordinal);

    [Fact]
    public void Help_OfMsl_HasIt() => Assert.Contains("TIME-WAIT lasts twice as long", Lab.Play("help msl"), StringComparison.Ordinal);
}
